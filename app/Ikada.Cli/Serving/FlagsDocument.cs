using System.Text;

namespace Ikada.Cli.Serving;

/// <summary>Writes docs/flags.md and the help of <c>serve</c> from the table; a test holds the page to
/// it.</summary>
internal static class FlagsDocument
{
    private const string Introduction =
        """
        # The flags of `ikada serve`

        <!-- Written by `./ikada flags > docs/flags.md` from the table in the code; a test compares them. -->

        `ikada serve` takes etcd's flags: whoever starts etcd 3.5 starts Ikada by changing the program's
        name. Every flag of etcd 3.5 is known (and those that only 3.4 had):

        - **honoured**: it does what it does in etcd, or what the note says;
        - **no effect**: it is taken; where its value is not the default, one line of warning says that it
          changes nothing;
        - **refused**: with any other value than the default the server does not start, since going on
          without would be unsafe or not what was meant.

        One dash or two, `--flag value` or `--flag=value`; a boolean flag without a value is true; the last
        of several counts. Each flag can also be given in the environment (`--data-dir` as `IKADA_DATA_DIR`;
        `ETCD_DATA_DIR` is read where that is absent; an empty variable counts as absent) and in a
        `--config-file` (etcd's YAML, the same keys). The command line wins over the environment, the
        environment over the file, flag by flag. etcd instead reads nothing else once there is a file; where
        two places differ, a warning says which one won.

        `--initial-*` is read for a new data directory only: an existing one knows its cluster and members.
        But flags that make this member another one than the directory's are refused, since it is probably
        the wrong directory. What is wrong is said in one line that begins with
        `ikada: error:`. Exit code 2: the command line is wrong (an unknown flag, a value that cannot be
        read); 1: the values do not agree, are refused, or the server cannot run.


        """;

    public static string Markdown()
    {
        var text = new StringBuilder(Introduction);
        foreach (var group in ServeFlags.All.GroupBy(flag => flag.Group))
        {
            text.Append("## ").Append(group.Key).Append("\n\n| flag | kind | default | Ikada | note |\n");
            text.Append("| --- | --- | --- | --- | --- |\n");
            foreach (var flag in group)
            {
                var byDefault = flag.Default.Length == 0 ? "" : $"`{flag.Default}`";
                text.Append("| `--")
                    .Append(flag.Name).Append("` | ").Append(KindName(flag.Kind)).Append(" | ")
                    .Append(byDefault).Append(" | ").Append(TreatmentName(flag.Treatment)).Append(" | ")
                    .Append(flag.Note).Append(" |\n");
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    public static string Help()
    {
        var text = new StringBuilder("Usage: ikada serve [flags]\n\nRuns a server. The flags are etcd's.\n");
        foreach (var group in ServeFlags.All.GroupBy(flag => flag.Group))
        {
            text.Append('\n').Append(group.Key).Append(":\n");
            foreach (var flag in group)
            {
                text.Append("  --").Append(flag.Name).Append(" '").Append(flag.Default).Append("'\n    ");
                if (flag.Treatment != Treatment.Honoured)
                {
                    text.Append('(').Append(TreatmentName(flag.Treatment)).Append(") ");
                }

                text.Append(flag.Note.Replace("`", "", StringComparison.Ordinal)).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string TreatmentName(Treatment treatment) => treatment switch
    {
        Treatment.Honoured => "honoured",
        Treatment.NoEffect => "no effect",
        _ => "refused",
    };

    private static string KindName(FlagKind kind) => kind switch
    {
        FlagKind.Boolean => "boolean",
        FlagKind.Unsigned or FlagKind.Integer => "whole number",
        FlagKind.Number => "number",
        FlagKind.Duration => "duration",
        FlagKind.Urls => "URLs",
        _ => "text",
    };
}
