using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder, IAsyncDisposable, IDisposable
{
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}

/// <summary>Runs the entry point of an AppHost up to <c>Build</c> and lets the test change, build and start the application.</summary>
public static class DistributedApplicationTestingBuilder
{
    /// <summary>A builder without an AppHost.</summary>
    public static IDistributedApplicationTestingBuilder Create(params string[] args)
    {
        var hook = new TestHook(Assembly.GetCallingAssembly(), args);
        EntryPointHook.Current = hook;
        try
        {
            return new TestingBuilder(new DistributedApplicationBuilder(args), hook);
        }
        finally
        {
            EntryPointHook.Current = null;
        }
    }

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(CancellationToken cancellationToken = default)
        where TEntryPoint : class => OpenAsync(typeof(TEntryPoint), [], cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class => OpenAsync(typeof(TEntryPoint), args, cancellationToken);

    private static async Task<IDistributedApplicationTestingBuilder> OpenAsync(Type entryPoint, string[] args, CancellationToken cancellationToken)
    {
        var hook = new TestHook(entryPoint.Assembly, args);
        return new TestingBuilder(await hook.RunEntryPointAsync(cancellationToken), hook);
    }

    private sealed class TestingBuilder(DistributedApplicationBuilder builder, TestHook hook) : IDistributedApplicationTestingBuilder
    {
        public ConfigurationManager Configuration => builder.Configuration;

        public string AppHostDirectory => builder.AppHostDirectory;

        public Assembly? AppHostAssembly => builder.AppHostAssembly;

        public IHostEnvironment Environment => builder.Environment;

        public IServiceCollection Services => builder.Services;

        public DistributedApplicationExecutionContext ExecutionContext => builder.ExecutionContext;

        public IResourceCollection Resources => builder.Resources;

        public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource => builder.AddResource(resource);

        public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => builder.CreateResourceBuilder(resource);

        public DistributedApplication Build() => BuildAsync().GetAwaiter().GetResult();

        public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) => hook.BuildAsync(builder, cancellationToken);

        public void Dispose() => hook.Abandon();

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
