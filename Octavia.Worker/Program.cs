using Octavia.ServiceDefaults;
using Octavia.Worker;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddData();
builder.AddEngine();
builder.AddQueue();

var app = builder.Build();
app.MapDefaultEndpoints();
app.Run();
