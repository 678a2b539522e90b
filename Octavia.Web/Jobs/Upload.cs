using System.Text.Json;
using Octavia.Web.Api;

namespace Octavia.Web.Jobs;

/// <summary>A file that the person chose and that is still in the browser.</summary>
public sealed record ChosenFile(string Name, long Size, string Type)
{
    public const long MaxTextBytes = 5L << 20;

    /// <summary>What is plainly wrong with it, before anything is sent; null when nothing is.</summary>
    public string? Problem(bool text, long maxBytes) => this switch
    {
        { Size: 0 } => "This file is empty; choose another.",
        _ when Size > maxBytes => $"This file has {Formats.Size(Size)}; {maxBytes >> 20} MB is the most{(text ? " for a text" : "")}.",
        _ when text && (Type.StartsWith("video/") || Type.StartsWith("audio/") || Type.StartsWith("image/")) =>
            "This is no text file; choose an SRT, VTT or TXT file.",
        _ when !text && (Type.StartsWith("text/") || Type.StartsWith("image/") || Type is "application/pdf" or "application/zip") =>
            "This is no video or sound file; choose another.",
        _ => null,
    };
}

/// <summary>Bytes that are there, and whether the connection is lost and waited for.</summary>
public readonly record struct UploadProgress(long Sent, bool IsWaiting);

/// <summary>How an upload ended: the file, or the API's answer, or status 0 for a connection that is lost for good, or null for stopped.</summary>
public sealed record UploadOutcome(int? Status, string? Body, Guid? FileId)
{
    public bool Stopped => Status is null;

    public string Sentence()
    {
        if (Status == 0) return "The connection broke during the upload; check it and try again.";
        if (Status == 401) return "Your session has ended; log in again.";
        if (Status is 404 or 410) return "The upload took too long and was given up; send the file again.";
        try
        {
            using var problem = JsonDocument.Parse(Body ?? "");
            if (problem.RootElement.TryGetProperty("detail", out var detail) && detail.GetString() is { Length: > 0 } text) return text;
        }
        catch (JsonException)
        {
            return ApiErrors.Unreachable;
        }
        return $"The server answered {Status}; try again.";
    }
}
