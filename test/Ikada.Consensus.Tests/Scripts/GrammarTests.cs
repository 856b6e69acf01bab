using Ikada.Testing.Scripts;

namespace Ikada.Consensus.Tests.Scripts;

/// <summary>The grammar of scripts, and what is said of one that is wrong.</summary>
public class GrammarTests
{
    [Fact]
    public void A_case_is_a_directive_input_a_separator_and_what_is_expected()
    {
        var step = Only("first cfg=(1,2) word\nline 1\nline 2\n----\nanswer 1\nanswer 2\n\n");
        Assert.Equal("first", step.Command);
        Assert.Equal(1, step.Line);
        Assert.Equal(["line 1", "line 2"], step.Input);
        Assert.Equal(["answer 1", "answer 2"], step.Expected);
        Assert.Null(step.Fault);
    }

    [Fact]
    public void Input_and_answer_may_be_empty_and_the_file_may_end_at_once()
    {
        var step = Only("leave\n----");
        Assert.Empty(step.Input);
        Assert.Empty(step.Expected);
        Assert.Null(step.Fault);
    }

    [Fact]
    public void An_argument_is_a_word_a_value_or_a_list_with_spaces_where_one_likes()
    {
        var step = Only("c 2 a=x b=(1, 2,3) d=() e=(_)\n----\n\n");
        Assert.Equal(["2", "a=(x)", "b=(1,2,3)", "d=()", "e=(_)"], step.Arguments.Select(one => $"{one}"));
        Assert.Equal(["1", "2", "3"], step.Find("b")!.Values);
        Assert.Null(step.Find("f"));
    }

    [Fact]
    public void Comments_and_blank_lines_may_stand_between_cases()
    {
        var script = Script.Parse("f", "# one\n\na\n----\n1\n\n# two\n  # three\n\n\nb\n----\n2\n");
        Assert.Equal([("a", 3), ("b", 11)], script.Cases.Select(step => (step.Command, step.Line)));
    }

    [Fact]
    public void A_doubled_separator_holds_blank_lines_and_single_separators()
    {
        var script = Script.Parse("f", "a\n----\n----\n1\n\n----\n2\n----\n----\n\nb\n----\n3\n");
        Assert.Equal(["1", "", "----", "2"], script.Cases[0].Expected);
        Assert.Equal(["3"], script.Cases[1].Expected);
    }

    [Fact]
    public void A_backslash_continues_a_directive()
    {
        var step = Only("a b=(1,2) \\\n  c=3\nin\n----\n");
        Assert.Equal(["b=(1,2)", "c=(3)"], step.Arguments.Select(one => $"{one}"));
        Assert.Equal(["in"], step.Input);
    }

    [Fact]
    public void Line_ends_of_windows_are_line_ends()
    {
        var step = Only("a\r\nin\r\n----\r\nout\r\n\r\n");
        Assert.Equal(["in"], step.Input);
        Assert.Equal(["out"], step.Expected);
    }

    [Theory]
    [InlineData("a\nb\n", "no ---- follows it")]
    [InlineData("a b=(1,2\n----\n", "'=(1,2' lacks a closing parenthesis")]
    [InlineData("a b=(1)c\n----\n", "'c' follows a closing parenthesis without a space")]
    [InlineData("a (1)\n----\n", "'(1)' does not begin with a word or a key")]
    [InlineData("a\n----\n----\n1\n\n", "a doubled ---- is not closed")]
    [InlineData("a\n----\n----\n1\n----\n----\nb\n", "text follows a doubled ---- without a blank line")]
    public void What_cannot_be_read_fails_with_place_and_reason(string text, string reason)
    {
        var outcome = ScriptRun.Of(Script.Parse("f.txt", text))[0];
        Assert.StartsWith("f.txt:1: a", outcome.Failure, StringComparison.Ordinal);
        Assert.EndsWith("\n" + reason, outcome.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_command_fails_its_own_case_and_no_other()
    {
        var text = "fly to=moon\n----\n\ncommitted cfg=(1) idx=(3)\n----\n3\n";
        var outcomes = ScriptRun.Of(Script.Parse("f.txt", text), new QuorumCommands());
        Assert.Equal("f.txt:1: fly to=moon\nthere is no command 'fly'", outcomes[0].Failure);
        Assert.Null(outcomes[1].Failure);
    }

    [Theory]
    [InlineData("committed cfg=(1) idx=(3) speed=2", "'committed' knows no argument 'speed'")]
    [InlineData("committed cfg=(x) idx=(3)", "'x' is no number")]
    [InlineData("vote cfg=(1) votes=(maybe)", "'maybe' is no vote: y, n or _")]
    public void An_argument_that_makes_no_sense_fails_the_case(string directive, string reason)
    {
        var script = Script.Parse("f", directive + "\n----\nerror\n");
        var outcome = ScriptRun.Of(script, new QuorumCommands())[0];
        Assert.EndsWith(reason, outcome.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_answer_fails_showing_both()
    {
        var script = Script.Parse("f", "committed cfg=(1,2,3) idx=(3,2,1)\n----\n3\n");
        var failure = ScriptRun.Of(script, new QuorumCommands())[0].Failure;
        Assert.EndsWith(
            "expected (the last line counts):\n  3\nanswered:\n  2", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Rewriting_puts_the_answers_in_place_and_leaves_all_else()
    {
        var text =
            "# why\ncommitted cfg=(1) idx=(3)\n----\n4\n5\n\n# then\nvote cfg=(1) votes=(y)\n----\nno\n";
        var script = Script.Parse("f", text);
        var rewritten = ScriptRewriter.Rewrite(script, ScriptRun.Of(script, new QuorumCommands()));
        Assert.Equal(
            "# why\ncommitted cfg=(1) idx=(3)\n----\n3\n\n# then\nvote cfg=(1) votes=(y)\n----\nVoteWon\n",
            rewritten);
    }

    [Theory]
    [InlineData("/no/such/folder", "IKADA_SCRIPTS names '/no/such/folder', which is no directory")]
    public void A_folder_that_is_not_there_is_an_error(string folder, string reason) =>
        Assert.Equal(reason, ScriptFolders.Fault(folder));

    [Fact]
    public void A_folder_without_a_script_is_an_error()
    {
        var folder = Directory.CreateTempSubdirectory("ikada-scripts").FullName;
        try
        {
            Assert.EndsWith("which holds no script (*.txt with a case)", ScriptFolders.Fault(folder),
                StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(folder, "a.txt"), "a\n----\n");
            Assert.Null(ScriptFolders.Fault(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ScriptCase Only(string text) => Assert.Single(Script.Parse("f", text).Cases);
}
