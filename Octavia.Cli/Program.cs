using System.CommandLine;
using Octavia.Cli;

var root = new RootCommand("Octavia dubs videos.");
root.Subcommands.Add(DubCommand.Create());
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
