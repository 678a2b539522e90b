using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

internal static class ConnectionSettings
{
    /// <summary>Settings of the client's section, then of the section of this name in it.</summary>
    public static T ReadSettings<T>(this IHostApplicationBuilder builder, string section, params string[] names) where T : new()
    {
        var settings = new T();
        var root = builder.Configuration.GetSection(section);
        root.Bind(settings);
        foreach (var name in names)
            root.GetSection(name).Bind(settings);
        return settings;
    }

    public static string Require(string? connectionString, string name) => !string.IsNullOrWhiteSpace(connectionString)
        ? connectionString
        : throw new InvalidOperationException($"There is no connection string '{name}': set ConnectionStrings__{name}.");
}
