using Ikada.DotNextNode;
using Ikada.InProcess;

// A node of DotNext.Net.Cluster as bench/run starts three of. Modes are how its log holds what is not on
// the disk yet: 'shared', in mapped files, as it comes; 'private', in memory of its own.
await NodeProgram.RunAsync(await DotNextNode.StartAsync(NodeArguments.Parse(args)));
