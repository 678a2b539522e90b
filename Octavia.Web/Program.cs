using Octavia.ServiceDefaults;
using Octavia.Web;
using Octavia.Web.Accounts;
using Octavia.Web.Api;
using Octavia.Web.Layout;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
// Run from the build output, as the AppHost does, the assets of packages are found outside Development too.
builder.WebHost.UseStaticWebAssets();

builder.Services.AddPages();
builder.AddAccounts();
builder.Services.AddApi();

var app = builder.Build();
app.UseExceptionHandler("/error", createScopeForErrors: true);
app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
app.UseSecurityHeaders();
app.UseAuthentication();
app.UseAuthorization();
app.UseAntiforgery();

app.MapDefaultEndpoints();
app.MapStaticAssets();
app.MapApiProxy();
app.MapLogout();
app.MapRazorComponents<App>().AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = null);

app.Run();
