using System.CommandLine;
using Ikada.Bench;
using Ikada.Bench.Budgeting;
using Ikada.Bench.Clients;
using Ikada.Bench.Comparing;
using Ikada.Bench.Failing;
using Ikada.Bench.Limits;
using Ikada.Bench.Recovering;
using Ikada.Bench.Scaling;
using Ikada.Load.Http2;

var root = new RootCommand("Measures Ikada, and etcd beside it: see bench/run.")
{
    CompareCommand.Create(),
    FailoverCommand.Create(),
    RecoveryCommand.Create(),
    LimitsCommand.Create(),
    BudgetCommand.Create(),
    ScaleCommand.Create(),
    ClientCommand.Create(),
};
var canned = new Command("canned", "Answers every call with the same bytes.") { Hidden = true };
canned.SetAction(_ => CannedServer.Run());
root.Add(canned);
var echo = new Command("echo", "Answers every put and does nothing.") { Hidden = true };
echo.SetAction((_, _) => EchoServer.RunAsync());
root.Add(echo);
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
    });
}
catch (Exception failure) when (failure is BenchException or GrpcConnectionException)
{
    Console.Error.WriteLine($"bench: {failure.Message}");
    return 1;
}
