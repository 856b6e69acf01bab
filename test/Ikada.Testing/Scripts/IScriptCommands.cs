namespace Ikada.Testing.Scripts;

/// <summary>Some commands that scripts may use, with the state that they carry through one file.</summary>
public interface IScriptCommands
{
    /// <summary>Whether it is one of these.</summary>
    bool Knows(string command);

    /// <summary>Runs a case of one of these commands.</summary>
    /// <exception cref="ScriptException">The case makes no sense.</exception>
    ScriptAnswer Run(ScriptCase step);
}
