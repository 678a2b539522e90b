using System.Runtime.InteropServices;
using Octavia.ChaosTests;

// chaos [--seed N] [SCENARIO...] and load: 0 when all went well, 1 when something did not, 2 for a wrong command, 130 when stopped.
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    return args switch
    {
        ["chaos", "--seed", var seed, .. var names] when int.TryParse(seed, out var number) => await ChaosRun.RunAsync(number, names, stop.Token),
        ["chaos", .. var names] when !names.Any(x => x.StartsWith('-')) => await ChaosRun.RunAsync(1, names, stop.Token),
        ["load"] => await LoadRun.RunAsync(stop.Token),
        _ => Usage(),
    };
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine(stop.IsCancellationRequested ? "Stopped." : "It was not over in time.");
    return stop.IsCancellationRequested ? 130 : 1;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

static int Usage()
{
    Console.Error.WriteLine("chaos [--seed NUMBER] [SCENARIO...], or load");
    return 2;
}
