using System.Security.Claims;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using Octavia.Api.Accounts;
using Octavia.Api.Operations;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.ServiceDefaults;

namespace Octavia.Api.Uploads;

static class UploadsApi
{
    public static void AddUploads(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<UploadOptions>().BindConfiguration("Uploads").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<MediaProbe>();
        builder.Services.AddSingleton(provider => new PublicInternet(provider.GetRequiredService<IOptions<UploadOptions>>().Value.AllowedNetworks));
        builder.Services.AddSingleton<VideoSites>();
        builder.Services.AddSingleton<Importer>();
        builder.Services.AddScoped<UploadIntake>();
        builder.Services.AddSingleton<UploadGate>();
        builder.Services.AddScoped<ResumableUploads>();
        builder.AddImports();
        builder.AddDiskSpace();
    }

    public static void MapUploads(this RouteGroupBuilder api)
    {
        var uploads = api.MapGroup("/upload").WithTags("Uploads");
        foreach (var status in (int[])[413, 415, 422, 429, 503]) uploads.ProducesProblem(status);
        uploads.MapPost("", UploadAsync).WithName("upload").RequireRateLimiting(RateLimits.Uploads).RequireRoom().AddOpenApiOperationTransformer(DescribeBodyAsync);
        uploads.MapImports();
        uploads.MapTus();
    }

    static async Task<Created<UploadResponse>> UploadAsync(
        [FromQuery(Name = "file_type")] string? fileType, HttpContext context, ClaimsPrincipal user, UploadIntake intake, CancellationToken ct)
    {
        var type = UploadIntake.ParseType(fileType ?? "video");
        // The limit is TempFile's, which answers with a sentence; the server's own would cut the connection.
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        await using var temp = new TempFile();
        var filename = await TakePartAsync(context.Request, temp, await intake.LimitAsync(user.Id(), type, ct), ct);
        return TypedResults.Created((string?)null, ToResponse(await intake.AcceptAsync(user.Id(), type, filename, temp, ct)));
    }

    /// <summary>Takes the first file of a multipart body and gives its name.</summary>
    static async Task<string> TakePartAsync(HttpRequest request, TempFile target, long limit, CancellationToken ct)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var contentType)
            || !contentType.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(contentType.Boundary) is not { Length: > 0 and <= 100 } boundary)
            throw new Refusal(415, "upload.not_multipart", "Send the file as multipart/form-data, in a part named file.");
        try
        {
            var reader = new MultipartReader(boundary.ToString(), request.Body);
            while (await reader.ReadNextSectionAsync(ct) is { } section)
            {
                if (section.AsFileSection() is not { FileStream: { } content } part) continue;
                await target.FillAsync(content, limit, ct);
                return UploadIntake.SafeName(part.FileName);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException && !ct.IsCancellationRequested)
        {
            throw Refusal.Invalid("upload.broken", "The upload broke off or is no valid multipart body; send it again.");
        }
        throw Refusal.Invalid("upload.no_file", "There is no file in the request; send one in a part named file.");
    }

    // Said here and not by Accepts(), which would refuse other bodies before anybody asked for the token, and in other words.
    static Task DescribeBodyAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var file = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" };
        var form = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = new Dictionary<string, IOpenApiSchema> { ["file"] = file } };
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType> { ["multipart/form-data"] = new() { Schema = form } },
        };
        return Task.CompletedTask;
    }

    public static UploadResponse ToResponse(StoredFile file) => new(file.Id, file.StoragePath, file.Filename, file.SizeBytes);

    /// <summary>Takes nothing while the disk is low.</summary>
    public static RouteHandlerBuilder RequireRoom(this RouteHandlerBuilder endpoint) => endpoint.AddEndpointFilter((context, next) =>
        context.HttpContext.RequestServices.GetRequiredService<DiskSpace>().HasRoom ? next(context) : throw NoRoom());

    static Refusal NoRoom() => new(503, "upload.no_room", "There is no room for files right now; try again in a minute.") { RetryAfter = TimeSpan.FromMinutes(1) };
}
