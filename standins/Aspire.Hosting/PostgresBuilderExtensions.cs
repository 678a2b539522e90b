using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;

namespace Aspire.Hosting
{
    public static class PostgresBuilderExtensions
    {
        public static IResourceBuilder<PostgresServerResource> AddPostgres(
            this IDistributedApplicationBuilder builder,
            string name,
            IResourceBuilder<ParameterResource>? userName = null,
            IResourceBuilder<ParameterResource>? password = null,
            int? port = null)
        {
            var server = new PostgresServerResource(
                name,
                userName?.Resource,
                password?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password"));
            var local = new PostgresProcess(server, DataFolder.Of(builder));
            return builder.AddResource(server)
                .WithAnnotation(new EndpointAnnotation("tcp", "tcp", port))
                .WithAnnotation(new ProcessAnnotation(local.PrepareAsync) { Missing = PostgresProcess.Missing })
                .WithLocalHealthCheck($"{name}_check", local.CheckAsync);
        }

        public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(
            this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null)
        {
            var database = new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource);
            return builder.ApplicationBuilder.AddResource(database)
                .WithAnnotation(new MadeInParentAnnotation(builder.Resource, token => PostgresProcess.CreateAsync(database, token)))
                .WithLocalHealthCheck($"{name}_check", token => PostgresProcess.CheckAsync(database, token));
        }

        public static IResourceBuilder<PostgresServerResource> WithDataVolume(
            this IResourceBuilder<PostgresServerResource> builder, string? name = null, bool isReadOnly = false) =>
            builder.WithAnnotation(new VolumeAnnotation(name ?? $"{builder.Resource.Name}-data"));
    }
}

namespace Aspire.Hosting.ApplicationModel
{
    public class PostgresServerResource(string name, ParameterResource? userName, ParameterResource password)
        : ContainerResource(name), IResourceWithConnectionString
    {
        public ParameterResource? UserNameParameter { get; } = userName;

        public ParameterResource PasswordParameter { get; } = password;

        public EndpointReference PrimaryEndpoint => new(this, "tcp");

        public async ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
            $"Host={PrimaryEndpoint.Host};Port={PrimaryEndpoint.Port};Username={await UserAsync(cancellationToken)};" +
            $"Password={await PasswordParameter.GetValueAsync(cancellationToken)}";

        internal async ValueTask<string> UserAsync(CancellationToken cancellationToken) =>
            UserNameParameter is null ? "postgres" : (await UserNameParameter.GetValueAsync(cancellationToken))!;
    }

    public class PostgresDatabaseResource(string name, string databaseName, PostgresServerResource postgresParentResource)
        : Resource(name), IResourceWithParent<PostgresServerResource>, IResourceWithConnectionString
    {
        public PostgresServerResource Parent { get; } = postgresParentResource;

        public string DatabaseName { get; } = databaseName;

        async ValueTask<string?> IResourceWithConnectionString.GetConnectionStringAsync(CancellationToken cancellationToken) =>
            $"{await Parent.GetConnectionStringAsync(cancellationToken)};Database={DatabaseName}";
    }

    /// <summary>Keeps the data of a resource from run to run.</summary>
    internal sealed record VolumeAnnotation(string Name) : IResourceAnnotation;
}
