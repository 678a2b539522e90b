using System.Globalization;
using System.Reflection;
using Aspire.Hosting.Local;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Testing;

/// <summary>Holds an AppHost's entry point at <c>Build</c> until the test asks for the application.</summary>
internal sealed class TestHook(Assembly entryPoint, string[] args) : EntryPointHook
{
    private readonly TaskCompletionSource<DistributedApplicationBuilder> _built = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _application = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasEntryPoint;

    public override Assembly EntryPoint => entryPoint;

    public Task<DistributedApplicationBuilder> RunEntryPointAsync(CancellationToken cancellationToken)
    {
        _hasEntryPoint = true;
        var main = entryPoint.EntryPoint ?? throw new InvalidOperationException($"{entryPoint.GetName().Name} has no entry point.");
        new Thread(() => Run(main)) { IsBackground = true, Name = "AppHost under test" }.Start();
        return _built.Task.WaitAsync(cancellationToken);
    }

    public override void Creating(DistributedApplicationOptions options)
    {
        options.Args = ["--environment=Development", .. options.Args ?? [], .. args];
        options.DisableDashboard = true;
    }

    public override void Configure(ConfigurationManager configuration)
    {
        var defaults = new Dictionary<string, string?>();
        if (configuration["DcpPublisher:RandomizePorts"] is null)
            defaults["DcpPublisher:RandomizePorts"] = "true";
        if (configuration["OCTAVIA_LOGS"] is null)
            defaults["OCTAVIA_LOGS"] = LogFolder();
        configuration.AddInMemoryCollection(defaults);
    }

    public override void Building(DistributedApplicationBuilder builder)
    {
        if (!_hasEntryPoint)
            return;
        _built.TrySetResult(builder);
        _go.Task.GetAwaiter().GetResult();
    }

    public override void Built(DistributedApplication application) => _application.TrySetResult(application);

    public Task<DistributedApplication> BuildAsync(DistributedApplicationBuilder builder, CancellationToken cancellationToken)
    {
        if (!_hasEntryPoint)
            return Task.FromResult(builder.Build());
        _go.TrySetResult();
        return _application.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Ends an entry point whose application the test never asked for.</summary>
    public void Abandon() => _go.TrySetException(new OperationCanceledException("The test ended without building the application."));

    private static string LogFolder() => Path.Combine(
        AppContext.BaseDirectory, "logs", $"{DateTime.Now.ToString("yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture)}-{Environment.ProcessId}");

    private void Run(MethodInfo main)
    {
        Current = this;
        try
        {
            main.Invoke(null, main.GetParameters().Length == 0 ? null : [Array.Empty<string>()]);
            _built.TrySetException(new InvalidOperationException("The AppHost ended without building an application."));
        }
        catch (TargetInvocationException failure)
        {
            _built.TrySetException(failure.InnerException!);
            _application.TrySetException(failure.InnerException!);
        }
    }
}
