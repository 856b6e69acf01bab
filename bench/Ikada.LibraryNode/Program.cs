using System.Globalization;
using Ikada.InProcess;
using Ikada.LibraryNode;

// A node of the library as bench/run starts three of. Modes: 'sessions', as it comes; 'plain', where a
// command that is sent again is applied again; 'groups:N', so many groups in the process.
var arguments = NodeArguments.Parse(args);
await NodeProgram.RunAsync(arguments.Mode.Split(':') is ["groups", var count]
    ? await GroupsNode.StartAsync(arguments, int.Parse(count, CultureInfo.InvariantCulture))
    : await SingleNode.StartAsync(arguments));
