using System.CommandLine;

namespace Ikada.Cli.Completing;

/// <summary><c>ikada completion</c> prints what a shell reads once; from then on the shell asks <c>ikada
/// complete</c> what may follow.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # In ~/.bashrc: source <(ikada completion bash)
        _ikada() {
            local IFS=$'\n'
            COMPREPLY=($("${COMP_WORDS[0]}" complete "$COMP_LINE" --position "$COMP_POINT" 2>/dev/null))
        }
        complete -o default -F _ikada ikada

        """;

    private const string Zsh = """
        #compdef ikada
        # In ~/.zshrc, behind compinit: source <(ikada completion zsh)
        _ikada() {
            local -a found
            found=(${(f)"$("${words[1]}" complete "$BUFFER" --position "$CURSOR" 2>/dev/null)"})
            if (( ${#found} )); then compadd -a found; else _files; fi
        }
        compdef _ikada ikada

        """;

    private const string Fish = """
        # ikada completion fish > ~/.config/fish/completions/ikada.fish
        function __ikada_complete
            set -l line (commandline -cp)
            ikada complete "$line" --position (string length -- "$line") 2>/dev/null
        end
        complete -c ikada -a '(__ikada_complete)'

        """;

    private static readonly (string Shell, string Script)[] Scripts =
        [("bash", Bash), ("zsh", Zsh), ("fish", Fish)];

    public static Command Create()
    {
        var command = new Command("completion", "Print what makes a shell complete verbs and options.");
        foreach (var (shell, script) in Scripts)
        {
            var one = new Command(shell, $"For {shell}; its first lines say where to put it.");
            one.SetAction(_ => Console.Out.Write(script.ReplaceLineEndings("\n")));
            command.Add(one);
        }

        return command;
    }

    /// <summary>What the shells ask.</summary>
    public static Command CreateComplete(Command root)
    {
        var line = new Argument<string>("line");
        var position = new Option<int>("--position");
        var command = new Command("complete", "Print what may stand at a position of a line.")
        {
            line, position,
        };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            foreach (var one in Completions.Of(root, parsed.GetValue(line)!, parsed.GetValue(position)))
            {
                Console.Out.WriteLine(one);
            }
        });
        return command;
    }
}
