namespace Octavia.ServiceDefaults;

/// <summary>The names by which the AppHost, the services and the tests know each resource.</summary>
public static class ResourceNames
{
    public const string Postgres = "postgres";
    public const string Database = "octavia";
    public const string Redis = "redis";
    public const string Storage = "storage";
    public const string Blobs = "blobs";
    public const string Media = "media";

    public const string Migrations = "migrations";
    public const string Api = "api";
    public const string Worker = "worker";
    public const string Web = "web";

    public const string SigningKey = "jwt-signing-key";
}
