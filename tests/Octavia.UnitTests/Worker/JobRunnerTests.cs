using Octavia.Dubbing;
using Octavia.Dubbing.Translation;
using Octavia.Jobs.Client;
using Octavia.Jobs.Queue;
using Octavia.Worker;
using Xunit;

namespace Octavia.UnitTests.Worker;

public class JobRunnerTests
{
    [Fact]
    public void The_engine_is_asked_for_what_the_job_was_made_with()
    {
        var agreed = new DateTimeOffset(2026, 11, 28, 1, 2, 3, TimeSpan.Zero);
        var request = Request(new JobMetadata
        {
            Filename = "talk.mp4",
            SourceLanguage = "en",
            TargetLanguages = ["es", "fr"],
            Quality = "best",
            ModelSize = "small",
            Voice = "ef_dora",
            Tone = "formal",
            AudioTrack = "2",
            Speakers = 3,
            Bilingual = true,
            BurnIn = true,
            MatchVoices = true,
            CloneVoices = true,
            Consent = new JobConsent("ann@example.org", agreed),
        });
        Assert.Equal((DubbingTask.VideoTranslate, "talk", "en", Quality.Best, "small"), (request.Task, request.Name, request.SourceLanguage, request.Quality, request.ModelSize));
        Assert.Equal(["es", "fr"], request.TargetLanguages);
        Assert.Equal(("ef_dora", Tone.Formal, "2", 3), (request.Voice, request.Tone, request.AudioTrack, request.Speakers));
        Assert.Equal((true, true, true, 1), (request.Bilingual, request.BurnIn, request.MatchVoices, request.Glossary.Count));
        Assert.Equal((true, agreed, "ann@example.org"), (request.CloneVoices, request.ConsentGiven, request.ConsentBy));
    }

    [Fact]
    public void What_a_job_does_not_say_is_left_to_the_engine()
    {
        var request = Request(new JobMetadata { Filename = "talk.mp4", TargetLanguage = "es" });
        Assert.Equal((Quality.Balanced, null, null, false, null, null), (request.Quality, request.ModelSize, request.Voice, request.CloneVoices, request.ConsentGiven, request.ConsentBy));
    }

    [Fact]
    public void A_part_is_asked_for_and_its_work_kept_as_that_of_the_whole()
    {
        var beginning = Request(new JobMetadata { TargetLanguage = "es", Preview = new(0, 30, Running: true) });
        Assert.Equal(new MediaSpan(0, 30), beginning.Span);
        Assert.NotNull(beginning.Checkpoint);
        var middle = Request(new JobMetadata { TargetLanguage = "es", Preview = new(10, 30, Running: true) });
        Assert.Equal(new MediaSpan(10, 30), middle.Span);
        Assert.NotNull(middle.Checkpoint);
        var whole = Request(new JobMetadata { TargetLanguage = "es", Preview = new(10, 30, Running: false) });
        Assert.Null(whole.Span);
        Assert.NotNull(whole.Checkpoint);
    }

    static DubbingRequest Request(JobMetadata metadata)
    {
        var job = new Job { Id = Guid.NewGuid(), JobType = JobType.VideoTranslate, InputFile = "uploads/talk.mp4", JobMetadata = metadata, Glossary = [new("voice", "voz")] };
        using var workspace = new Workspace(null!, job, Path.Combine(Path.GetTempPath(), $"octavia-{job.Id}"));
        return JobRunner.Request(job, workspace);
    }
}
