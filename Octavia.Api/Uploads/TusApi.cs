using System.Globalization;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Octavia.Api.Accounts;
using Octavia.Api.Operations;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;

namespace Octavia.Api.Uploads;

/// <summary>
/// Uploads that go on after a broken connection: tus 1.0.0 (https://tus.io/protocols/resumable-upload) with creation, creation-with-upload,
/// expiration and termination. The answer to the last byte names the file in <see cref="OctaviaClient.FileId"/>.
/// </summary>
static class TusApi
{
    const string Address = "/api/v1/upload/tus";
    const string Version = "1.0.0";
    const string Extensions = "creation,creation-with-upload,expiration,termination";
    const string PieceType = "application/offset+octet-stream";
    const int LongestMetadata = 4000;

    /// <summary>What pages of other origins may read of the answers.</summary>
    public static readonly string[] Headers =
    [
        "Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Expires", OctaviaClient.FileId,
    ];

    /// <summary>Every answer at these addresses says what is spoken there, refusals of others than the endpoints too.</summary>
    public static void UseTus(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (!context.Request.Path.StartsWithSegments(Address)) return next(context);
        // At the last moment: what answers errors clears the headers first.
        context.Response.OnStarting(() =>
        {
            if (!HttpMethods.IsOptions(context.Request.Method)) context.Response.Headers["Tus-Resumable"] = Version;
            context.Response.Headers["Tus-Version"] = Version;
            return Task.CompletedTask;
        });
        return next(context);
    });

    public static void MapTus(this RouteGroupBuilder uploads)
    {
        var tus = uploads.MapGroup("/tus").AddEndpointFilter(SpeakAsync);
        foreach (var status in (int[])[409, 410, 412, 423]) tus.ProducesProblem(status);
        tus.MapMethods("", [HttpMethods.Options], DescribeAsync).WithName("tus");
        tus.MapPost("", CreateAsync).WithName("tus_create").RequireRateLimiting(RateLimits.Uploads).RequireRoom();
        tus.MapMethods("/{id:guid}", [HttpMethods.Head], StateAsync).WithName("tus_state");
        tus.MapPatch("/{id:guid}", AppendAsync).WithName("tus_append").RequireRoom();
        tus.MapDelete("/{id:guid}", DeleteAsync).WithName("tus_delete");
    }

    static ValueTask<object?> SpeakAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        if (!HttpMethods.IsOptions(request.Method) && request.Headers["Tus-Resumable"] != Version)
            throw new Refusal(StatusCodes.Status412PreconditionFailed, "upload.tus_version", $"This address speaks tus {Version}; say so in a header Tus-Resumable.");
        return next(context);
    }

    static async Task<NoContent> DescribeAsync(HttpResponse response, ClaimsPrincipal user, UploadIntake intake, CancellationToken ct)
    {
        response.Headers["Tus-Extension"] = Extensions;
        response.Headers["Tus-Max-Size"] = Text(await intake.LimitAsync(user.Id(), FileType.Video, ct));
        return TypedResults.NoContent();
    }

    static async Task<Created> CreateAsync(HttpContext context, ClaimsPrincipal user, UploadIntake intake, ResumableUploads uploads, CancellationToken ct)
    {
        var request = context.Request;
        if (Number(request, "Upload-Length") is not { } length)
            throw Refusal.Invalid("upload.length_missing", "Say in a header Upload-Length how many bytes the file has.");
        var header = request.Headers["Upload-Metadata"].ToString();
        var metadata = Metadata(header);
        var type = UploadIntake.ParseType(metadata.GetValueOrDefault("file_type") ?? "video");
        var limit = await intake.LimitAsync(user.Id(), type, ct);
        if (length > limit) throw TempFile.TooLarge(limit);
        if (length == 0) throw UploadIntake.Empty();
        var upload = await uploads.BeginAsync(user.Id(), type, UploadIntake.SafeName(metadata.GetValueOrDefault("filename")), header, length, ct);
        // Its first piece may come along.
        if (IsPiece(request)) await TakeAsync(context, upload, 0, uploads, ct);
        else SayExpiry(context.Response, upload);
        return TypedResults.Created($"{request.Path}/{upload.Id}");
    }

    static async Task<Ok> StateAsync(Guid id, HttpResponse response, ResumableUploads uploads, CancellationToken ct)
    {
        var upload = await uploads.FindAsync(id, ct);
        response.Headers["Upload-Offset"] = Text(await uploads.OffsetAsync(upload, ct));
        response.Headers["Upload-Length"] = Text(upload.Length);
        if (upload.Metadata.Length > 0) response.Headers["Upload-Metadata"] = upload.Metadata;
        if (upload.FileId is { } file) response.Headers[OctaviaClient.FileId] = $"{file}";
        SayExpiry(response, upload);
        return TypedResults.Ok();
    }

    static async Task<NoContent> AppendAsync(Guid id, HttpContext context, ResumableUploads uploads, CancellationToken ct)
    {
        var upload = await uploads.FindAsync(id, ct);
        if (!IsPiece(context.Request)) throw new Refusal(415, "upload.not_a_piece", $"Send the bytes as they are, with the content type {PieceType}.");
        if (Number(context.Request, "Upload-Offset") is not { } offset)
            throw Refusal.Invalid("upload.offset_missing", "Say in a header Upload-Offset where these bytes belong; HEAD tells where the upload stands.");
        await TakeAsync(context, upload, offset, uploads, ct);
        return TypedResults.NoContent();
    }

    static async Task<NoContent> DeleteAsync(Guid id, ResumableUploads uploads, CancellationToken ct)
    {
        await uploads.RemoveAsync(await uploads.FindAsync(id, ct));
        return TypedResults.NoContent();
    }

    static async Task TakeAsync(HttpContext context, ResumableUpload upload, long offset, ResumableUploads uploads, CancellationToken ct)
    {
        // What was declared at the beginning is the limit.
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        var (reached, file) = await uploads.AppendAsync(upload, offset, context.Request.Body, ct);
        context.Response.Headers["Upload-Offset"] = Text(reached);
        if (file is not null) context.Response.Headers[OctaviaClient.FileId] = $"{file}";
        SayExpiry(context.Response, upload);
    }

    /// <summary>Names and values: <c>filename d29ybGQ=,file_type</c>, the values in Base64.</summary>
    static Dictionary<string, string> Metadata(string header)
    {
        var found = new Dictionary<string, string>();
        var isValid = header.Length <= LongestMetadata && Ascii.IsValid(header);
        foreach (var pair in header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var words = pair.Split(' ');
            var bytes = new byte[pair.Length];
            var length = 0;
            isValid &= words.Length is 1 or 2 && (words.Length == 1 || Convert.TryFromBase64String(words[1], bytes, out length)) && found.TryAdd(words[0], Encoding.UTF8.GetString(bytes, 0, length));
        }
        return isValid ? found : throw Refusal.Invalid("upload.metadata_invalid", $"Upload-Metadata is pairs of a name and a value in Base64, with commas between them, {LongestMetadata} characters at most.");
    }

    static bool IsPiece(HttpRequest request) => string.Equals(request.ContentType, PieceType, StringComparison.OrdinalIgnoreCase);

    static long? Number(HttpRequest request, string header) =>
        long.TryParse(request.Headers[header], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    static void SayExpiry(HttpResponse response, ResumableUpload upload)
    {
        if (upload.FileId is null) response.Headers["Upload-Expires"] = upload.ExpiresAt.ToString("R", CultureInfo.InvariantCulture);
    }
}
