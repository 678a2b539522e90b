using Octavia.Api.Accounts;
using Octavia.Api.Admin;
using Octavia.Api.Batches;
using Octavia.Api.Credits;
using Octavia.Api.Downloads;
using Octavia.Api.Jobs;
using Octavia.Api.Operations;
using Octavia.Api.Uploads;
using Octavia.Api.Webhooks;
using Octavia.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddOperations();
builder.AddAccounts();
builder.AddUploads();
builder.AddJobs();
builder.AddJobEvents();
builder.AddWebhooks();
builder.AddBatches();

var app = builder.Build();
app.UseOperations();
app.MapDefaultEndpoints();
app.MapReference();
app.MapJobHub();

var api = app.MapApi("/api/v1");
api.MapAccounts();
api.MapUploads();
api.MapJobs();
api.MapBatches();
api.MapDownloads();
api.MapCredits();
api.MapWebhooks();
api.MapAdmin();

app.Run();
