using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>Turns one replica of a resource into a process to start.</summary>
internal sealed record ProcessAnnotation(Func<Replica, CancellationToken, Task<ProcessSpec>> Prepare) : IResourceAnnotation
{
    /// <summary>Looked at before anything starts; a sentence when a program is missing.</summary>
    public Func<string?> Missing { get; init; } = () => null;
}

/// <summary>Made inside its parent once that is healthy: a database in its server, a container in its storage.</summary>
internal sealed record MadeInParentAnnotation(IResource Parent, Func<CancellationToken, Task> MakeAsync) : IResourceAnnotation;

internal enum StopSignal
{
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
}

internal sealed record ProcessSpec(string FileName, IReadOnlyList<string> Arguments, string WorkingDirectory)
{
    public string? StandardInput { get; init; }

    public StopSignal Stop { get; init; } = StopSignal.Terminate;

    /// <summary>What the kernel sends when the AppHost dies without stopping its children.</summary>
    public StopSignal OnParentDeath { get; init; } = StopSignal.Kill;

    /// <summary>The system user to run as; null is the user of the AppHost.</summary>
    public string? User { get; init; }
}

internal sealed class Replica(IResource resource, int index, string id)
{
    public IResource Resource => resource;

    public int Index => index;

    public string Id => id;

    public ChildProcess? Process { get; set; }

    /// <summary>Over once the end of <see cref="Process"/> has been published.</summary>
    public Task End { get; set; } = Task.CompletedTask;

    public SemaphoreSlim Turn { get; } = new(1, 1);
}
