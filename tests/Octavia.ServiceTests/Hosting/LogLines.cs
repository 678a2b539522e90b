using System.Collections.Concurrent;
using Aspire.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Octavia.ServiceTests.Hosting;

/// <summary>What an AppHost logs, for tests that wait for one of its sentences.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _news = new(0);

    public static LogLines Of(IDistributedApplicationBuilder builder)
    {
        var lines = new LogLines();
        builder.Services.AddLogging(l => l.AddProvider(lines));
        return lines;
    }

    public async Task<string> WaitForAsync(string part, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_lines.FirstOrDefault(l => l.Contains(part, StringComparison.Ordinal)) is { } line)
                return line;
            await _news.WaitAsync(cancellationToken);
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue(formatter(state, exception));
        _news.Release();
    }

    public void Dispose()
    {
        // The host disposes of its providers; a test may still read.
    }
}
