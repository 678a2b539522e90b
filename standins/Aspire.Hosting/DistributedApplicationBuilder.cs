using System.Collections.ObjectModel;
using System.Reflection;
using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

public enum DistributedApplicationOperation
{
    Run = 0,
    Publish = 1,
}

public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
{
    public DistributedApplicationOperation Operation { get; } = operation;

    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;

    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;
}

public sealed class DistributedApplicationOptions
{
    public string[]? Args { get; set; }

    public string? AssemblyName { get; set; }

    public bool DisableDashboard { get; set; }
}

public interface IDistributedApplicationBuilder
{
    ConfigurationManager Configuration { get; }

    string AppHostDirectory { get; }

    Assembly? AppHostAssembly { get; }

    IHostEnvironment Environment { get; }

    IServiceCollection Services { get; }

    DistributedApplicationExecutionContext ExecutionContext { get; }

    IResourceCollection Resources { get; }

    IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;

    IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource;

    DistributedApplication Build();
}

public partial class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _host;
    private readonly EntryPointHook? _hook = EntryPointHook.Current;

    public DistributedApplicationBuilder(string[] args) : this(new DistributedApplicationOptions { Args = args })
    {
    }

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        _hook?.Creating(options);
        AppHostAssembly = options.AssemblyName is { } name ? Assembly.Load(name) : _hook?.EntryPoint ?? Assembly.GetEntryAssembly();
        AppHostDirectory = AppHostAssembly?.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(a => a.Key == "apphostprojectpath")?.Value ?? Directory.GetCurrentDirectory();
        _host = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = options.Args,
            ContentRootPath = AppHostDirectory,
            ApplicationName = AppHostAssembly?.GetName().Name,
        });
        _hook?.Configure(Configuration);
        Options = options;

        _host.Logging.ClearProviders().AddSimpleConsole(o => o.SingleLine = true);
        _host.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // What is not up yet is no failure: the state of each resource says it. Why the start failed is said in one sentence by Run.
        _host.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        _host.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(60));
        Services.AddSingleton<IDistributedApplicationBuilder>(this);
        Services.AddSingleton(_ => new ResourceNotificationService
        {
            DefaultWaitBehavior = options.DisableDashboard ? WaitBehavior.StopOnResourceUnavailable : WaitBehavior.WaitOnResourceUnavailable,
        });
        Services.AddSingleton(s => new ResourceCommandService(s.GetRequiredService<Orchestrator>()));
        Services.AddSingleton(new DataFolder.Holder(new DataFolder(Configuration["OCTAVIA_DATA"], temporary: _hook is not null, AppHostDirectory)));
        Services.AddSingleton(s => s.GetRequiredService<DataFolder.Holder>().Folder);
        Services.AddSingleton<ProcessHost>();
        Services.AddSingleton<ResourceLog>();
        Services.AddSingleton<HealthMonitor>();
        Services.AddSingleton<Orchestrator>();
        Services.AddHostedService(s => s.GetRequiredService<Orchestrator>());
        Services.AddHealthChecks();
        if (_hook is not null)
            return;
        Services.AddHostedService<LauncherWatch>();
        AppDomain.CurrentDomain.UnhandledException += SayInOneSentence;
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; } = new(DistributedApplicationOperation.Run);

    public IResourceCollection Resources { get; } = new ResourceCollection();

    internal DistributedApplicationOptions Options { get; }

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        if (!ResourceName().IsMatch(resource.Name))
            throw new DistributedApplicationException($"'{resource.Name}' is no resource name: use letters, digits and single hyphens, a letter first.");
        if (Resources.Any(r => string.Equals(r.Name, resource.Name, StringComparison.OrdinalIgnoreCase)))
            throw new DistributedApplicationException($"A resource named '{resource.Name}' is there already.");
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        _hook?.Building(this);
        if (!Options.DisableDashboard && !DashboardResource.AddTo(this))
            Console.WriteLine("There is no Aspire dashboard in .tools: './octavia up' installs it; everything else runs without.");
        var application = new DistributedApplication(_host.Build()) { Hook = _hook };
        _hook?.Built(application);
        return application;
    }

    /// <summary>What is wrong with the description is thrown from the AppHost's own lines, which no one catches.</summary>
    private static void SayInOneSentence(object sender, UnhandledExceptionEventArgs e)
    {
        if (e.ExceptionObject is not DistributedApplicationException failure)
            return;
        Console.Error.WriteLine(failure.Message);
        System.Environment.Exit(1);
    }

    [GeneratedRegex("^[A-Za-z](-?[A-Za-z0-9])*$")]
    private static partial Regex ResourceName();

    private sealed class ResourceCollection : Collection<IResource>, IResourceCollection;

    private sealed class ResourceBuilder<T>(IDistributedApplicationBuilder application, T resource) : IResourceBuilder<T> where T : IResource
    {
        public IDistributedApplicationBuilder ApplicationBuilder => application;

        public T Resource => resource;

        public IResourceBuilder<T> WithAnnotation<TAnnotation>(TAnnotation annotation, ResourceAnnotationMutationBehavior behavior)
            where TAnnotation : IResourceAnnotation
        {
            if (behavior == ResourceAnnotationMutationBehavior.Replace)
            {
                foreach (var old in resource.All<TAnnotation>().ToList())
                    resource.Annotations.Remove(old);
            }

            resource.Annotations.Add(annotation);
            return this;
        }
    }
}
