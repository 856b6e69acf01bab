using Ikada;
using Ikada.Samples.ThreeNodes;

var builder = WebApplication.CreateBuilder(args);
builder.Services
    .AddRaft<TodoList>(options => builder.Configuration.GetSection("Raft").Bind(options))
    .AddHealthChecks();
builder.Services.AddSingleton(TimeProvider.System);

var app = builder.Build();
app.MapHealthChecks("/live", new() { Predicate = check => check.Tags.Contains("live") });
app.MapHealthChecks("/ready", new() { Predicate = check => check.Tags.Contains("ready") });
app.MapGet("/status", (IRaft raft) => new
{
    raft.Status.Name, Role = raft.Status.Role.ToString(), Leader = raft.Status.Leader?.Name,
});
app.MapItems();
app.Run();
