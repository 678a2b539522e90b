using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;

namespace Aspire.Hosting
{
    public static class RedisBuilderExtensions
    {
        public static IResourceBuilder<RedisResource> AddRedis(
            this IDistributedApplicationBuilder builder, string name, int? port = null, IResourceBuilder<ParameterResource>? password = null)
        {
            var redis = new RedisResource(
                name, password?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password"));
            var local = new RedisProcess(redis, DataFolder.Of(builder));
            return builder.AddResource(redis)
                .WithAnnotation(new EndpointAnnotation("tcp", "tcp", port))
                .WithAnnotation(new ProcessAnnotation(local.PrepareAsync) { Missing = RedisProcess.Missing })
                .WithLocalHealthCheck($"{name}_check", local.CheckAsync);
        }

        public static IResourceBuilder<RedisResource> WithDataVolume(
            this IResourceBuilder<RedisResource> builder, string? name = null, bool isReadOnly = false)
        {
            builder.WithAnnotation(new VolumeAnnotation(name ?? $"{builder.Resource.Name}-data"));
            return isReadOnly ? builder : builder.WithPersistence();
        }

        public static IResourceBuilder<RedisResource> WithPersistence(
            this IResourceBuilder<RedisResource> builder, TimeSpan? interval = null, long keysChangedThreshold = 1) =>
            builder.WithAnnotation(
                new PersistenceAnnotation(interval ?? TimeSpan.FromSeconds(60), keysChangedThreshold), ResourceAnnotationMutationBehavior.Replace);
    }
}

namespace Aspire.Hosting.ApplicationModel
{
    public class RedisResource(string name, ParameterResource password) : ContainerResource(name), IResourceWithConnectionString
    {
        public ParameterResource? PasswordParameter { get; } = password;

        public EndpointReference PrimaryEndpoint => new(this, "tcp");

        public async ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
            $"{PrimaryEndpoint.Host}:{PrimaryEndpoint.Port},password={await PasswordParameter!.GetValueAsync(cancellationToken)}";
    }

    internal sealed record PersistenceAnnotation(TimeSpan Interval, long KeysChanged) : IResourceAnnotation;
}
