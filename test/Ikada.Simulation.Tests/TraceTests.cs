using System.Text.Json;

namespace Ikada.Simulation.Tests;

/// <summary>The NDJSON trace: what docs/simulation/traces.md says of it.</summary>
public sealed class TraceTests
{
    private static readonly string[] Required = ["name", "nid", "state", "role", "log", "conf"];

    private static readonly string[] MessageFields =
    [
        "type", "term", "from", "to", "entries", "logTerm", "index", "commit", "vote", "reject", "rejectHint",
    ];

    private static readonly string[] Names =
    [
        "InitState", "BecomeFollower", "BecomeCandidate", "BecomeLeader", "Commit", "Replicate", "ChangeConf",
        "ApplyConfChange", "Ready", "SendAppendEntriesRequest", "ReceiveAppendEntriesRequest",
        "SendAppendEntriesResponse", "ReceiveAppendEntriesResponse", "SendRequestVoteRequest",
        "ReceiveRequestVoteRequest", "SendRequestVoteResponse", "ReceiveRequestVoteResponse",
    ];

    [Theory]
    [InlineData("none")]
    [InlineData("all")]
    public void Every_line_is_one_event_with_the_required_fields_and_terms_never_fall(string faults)
    {
        var lines = Traced(faults);
        var terms = new Dictionary<string, ulong>();
        foreach (var line in lines)
        {
            Assert.All(Required, field => Assert.True(line.TryGetProperty(field, out _), $"{field}: {line}"));
            Assert.Contains(line.GetProperty("name").GetString(), Names);
            var state = line.GetProperty("state");
            var (nid, term) = (line.GetProperty("nid").GetString()!, state.GetProperty("term").GetUInt64());
            Assert.True(term >= terms.GetValueOrDefault(nid), $"the term of {nid} falls: {line}");
            terms[nid] = term;
            Assert.Equal(JsonValueKind.String, state.GetProperty("vote").ValueKind);
            Assert.True(state.GetProperty("commit").GetUInt64() <= line.GetProperty("log").GetUInt64());
            Assert.Equal(2, line.GetProperty("conf").GetArrayLength());
            if (line.TryGetProperty("msg", out var message))
            {
                Assert.All(MessageFields, field => Assert.True(message.TryGetProperty(field, out _), field));
            }
        }

        string[] happened = ["InitState", "BecomeCandidate", "BecomeLeader", "Replicate", "Commit", "Ready"];
        foreach (var name in happened)
        {
            Assert.Contains(lines, line => line.GetProperty("name").GetString() == name);
        }
    }

    [Fact]
    public void What_is_received_was_sent_and_a_message_names_sender_and_receiver()
    {
        var sent = new HashSet<string>();
        foreach (var line in Traced("none"))
        {
            var name = line.GetProperty("name").GetString()!;
            if (!line.TryGetProperty("msg", out var message))
            {
                continue;
            }

            var isSent = name.StartsWith("Send", StringComparison.Ordinal);
            Assert.Equal(
                line.GetProperty("nid").GetString(), message.GetProperty(isSent ? "from" : "to").GetString());
            if (isSent)
            {
                sent.Add(message.ToString());
            }

            Assert.Contains(message.ToString(), sent);
        }

        Assert.NotEmpty(sent);
    }

    [Fact]
    public void The_trace_changes_nothing()
    {
        var options = new SimulationOptions { Seed = 5, Nodes = 3, Seconds = 3 };
        using var trace = new StringWriter();
        Assert.Equal(
            SimulationRun.Execute(options).EventHash,
            SimulationRun.Execute(options with { Trace = trace }).EventHash);
    }

    [Fact]
    public void The_command_writes_it_to_the_file_and_names_a_file_that_cannot_be_written()
    {
        var file = Path.GetTempFileName();
        try
        {
            using var output = new StringWriter();
            var arguments = new SimArguments { Seed = 3, Nodes = "3", Seconds = 1, Trace = file };
            Assert.Equal(SimCommand.Success, SimCommand.Run(arguments, output, output, null, Token));
            Assert.StartsWith("{\"name\":\"InitState\"", File.ReadAllText(file), StringComparison.Ordinal);

            using var errors = new StringWriter();
            var nowhere = arguments with { Trace = Path.Combine(file, "trace") };
            Assert.Equal(SimCommand.BadArguments, SimCommand.Run(nowhere, output, errors, null, Token));
            Assert.Contains("--trace", errors.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_event_of_the_world_is_among_them_and_has_what_for_a_name()
    {
        using var events = new StringWriter();
        using var trace = new StringWriter();
        SimulationRun.Execute(new SimulationOptions
        {
            Seed = 6, Nodes = 3, Seconds = 2, Events = events, Trace = trace,
        });
        var world = trace.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.TryGetProperty("what", out _)).ToList();
        var lines = events.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines.Length, world.Count);
        for (var at = 0; at < lines.Length; at++)
        {
            Assert.EndsWith(world[at].GetProperty("text").GetString()!, lines[at], StringComparison.Ordinal);
            Assert.False(world[at].TryGetProperty("name", out _));
        }
    }

    // What the consensus modules do: the lines that have a name.
    private static List<JsonElement> Traced(string faults)
    {
        Assert.True(Faults.FaultSet.TryParse(faults, out var set, out _));
        using var trace = new StringWriter();
        var result = SimulationRun.Execute(
            new SimulationOptions { Seed = 6, Nodes = 3, Seconds = 4, Faults = set, Trace = trace });
        Assert.Null(result.Failure);
        var lines = new List<JsonElement>();
        foreach (var line in trace.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var element = JsonDocument.Parse(line).RootElement;
            if (element.TryGetProperty("name", out _))
            {
                lines.Add(element);
            }
        }

        return lines;
    }
}
