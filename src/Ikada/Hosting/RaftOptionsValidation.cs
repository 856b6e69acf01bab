using Microsoft.Extensions.Options;

namespace Ikada;

/// <summary>Judges the options of one group when the host starts.</summary>
internal sealed class RaftOptionsValidation(string optionsName) : IValidateOptions<RaftOptions>
{
    public ValidateOptionsResult Validate(string? name, RaftOptions options) =>
        name != optionsName ? ValidateOptionsResult.Skip
            : options.Validate() is { } problem
                ? ValidateOptionsResult.Fail(name.Length == 0 ? problem : $"options '{name}': {problem}")
            : ValidateOptionsResult.Success;
}
