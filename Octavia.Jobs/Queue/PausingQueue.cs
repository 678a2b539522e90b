using System.Data;
using Hangfire.PostgreSql;
using Hangfire.Storage;

namespace Octavia.Jobs.Queue;

/// <summary>
/// A queue from which a worker takes nothing while it may not: entries stay where they are, in their place and without a try, and other workers take them.
/// </summary>
sealed class PausingQueue(IPersistentJobQueueProvider all, Func<bool> mayTake) : IPersistentJobQueueProvider, IPersistentJobQueue
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    readonly IPersistentJobQueue queue = all.GetJobQueue();

    public IFetchedJob Dequeue(string[] queues, CancellationToken cancellationToken)
    {
        while (true)
        {
            while (!mayTake())
            {
                cancellationToken.WaitHandle.WaitOne(Pause);
                cancellationToken.ThrowIfCancellationRequested();
            }
            var fetched = queue.Dequeue(queues, cancellationToken);
            if (mayTake()) return fetched;
            // That was so when the wait for it began.
            using (fetched) fetched.Requeue();
        }
    }

    public void Enqueue(IDbConnection connection, string queue, string jobId) => this.queue.Enqueue(connection, queue, jobId);

    public IPersistentJobQueue GetJobQueue() => this;

    public IPersistentJobQueueMonitoringApi GetJobQueueMonitoringApi() => all.GetJobQueueMonitoringApi();
}
