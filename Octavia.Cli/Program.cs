using Octavia.Cli;

return await CommandLine.RunAsync(args);
