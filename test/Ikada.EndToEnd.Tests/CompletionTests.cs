namespace Ikada.EndToEnd.Tests;

public sealed class CompletionTests
{
    [Fact]
    public async Task Bash_is_told_what_may_follow()
    {
        const string Script = """
            source <("$0" completion bash)
            complete -p ikada >&2
            COMP_WORDS=("$0" lease re); COMP_LINE="$0 lease re"; COMP_POINT=${#COMP_LINE}
            _ikada
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        var said = await Command.RunAsync("bash", [], "-c", Script, Command.Ikada);
        Assert.Equal("revoke\n", said.Succeeded().Output);
        Assert.Equal("complete -o default -F _ikada ikada\n", said.Errors);
    }
}
