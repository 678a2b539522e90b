namespace Octavia.Dubbing.Models;

/// <summary>The sentences for models that cannot be had.</summary>
static class ModelFailures
{
    public static DubbingException Missing(ModelInfo model, string root, Exception? why)
    {
        var reason = why is null ? "" : $" and cannot be downloaded ({Short(why)})";
        var source = Source(model) is { } address ? $" from {address}" : "";
        return new DubbingException(new Failure("model.missing", FailureKind.MissingTool,
            $"The model {model.Name} is not on this machine{reason}: put {Files(model)}{source} into {Path.Combine(root, model.Name)}."), why);
    }

    public static DubbingException NotPublished(ModelInfo model, string root) => new(new Failure("model.missing", FailureKind.MissingTool,
        $"The model hub has no {model.Repository}: choose another model, or put {Files(model)} into {Path.Combine(root, model.Name)}."));

    public static DubbingException Damaged(ModelInfo model, string path) => new(new Failure("model.damaged", FailureKind.MissingTool,
        $"The file {path} of the model {model.Name} is damaged (its SHA-256 is wrong): restore it, or delete it and run again."));

    public static DubbingException WrongAtPublisher(ModelInfo model, Exception why) => new(new Failure("model.damaged", FailureKind.MissingTool,
        $"The model {model.Name} was downloaded and thrown away: {why.Message} Try again later, or from another network."), why);

    static string? Source(ModelInfo model) => model.Repository is { } repository ? $"the hub's {repository}" : model.Address?.ToString();

    static string Files(ModelInfo model) => string.Join(", ", model.Files.Select(file => file.Path));

    static string Short(Exception e) => e is OperationCanceledException ? "no answer in time" : e.Message.TrimEnd('.');
}
