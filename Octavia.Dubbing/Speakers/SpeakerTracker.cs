using System.Globalization;

namespace Octavia.Dubbing.Speakers;

/// <summary>What is known of a speaker.</summary>
/// <param name="Id">Stable name: <c>S1</c>.</param>
/// <param name="MedianPitch">Median F0 in Hz; null while less than 0.2 s of voiced speech was heard.</param>
/// <param name="Seconds">How long this person has spoken.</param>
public sealed record SpeakerProfile(string Id, double? MedianPitch, double Seconds);

/// <summary>
/// Tells speakers apart while a film is still being heard: each utterance joins the person whose voice it is like on average
/// (<see cref="SpeakerClustering.SameSpeaker"/>), or opens a new one. An id once given never changes, so a line can be cast and spoken at
/// once; <see cref="SpeakerClustering"/> sees all at the end and may know better. Not thread-safe; utterances come in order.
/// </summary>
/// <param name="encoder">Makes the voice prints; not disposed here.</param>
/// <param name="speakers">How many people speak; null when not known.</param>
public sealed class SpeakerTracker(SpeakerEncoder encoder, int? speakers = null)
{
    const double SampleRate = 16000;

    /// <summary>Prints of short utterances scatter: what a person said first in 1 s is compared with more tolerance.</summary>
    const double SameSpeakerShort = 0.45;

    /// <summary>What was said in less than a second tells little more than that it was said.</summary>
    const double SameSpeakerCall = 0.25;
    const double Call = 1;

    readonly List<Person> people = [];
    Person? last;

    /// <summary>All speakers so far, in the order in which they first spoke.</summary>
    public IReadOnlyList<SpeakerProfile> Speakers => [.. people.Select(person => person.Profile)];

    /// <summary>Who speaks the next utterance.</summary>
    /// <param name="samples">The utterance, 16 kHz mono.</param>
    /// <param name="cancellationToken">Stops between pieces of 6 s.</param>
    /// <returns>The speaker, this utterance counted in.</returns>
    public SpeakerProfile Add(ReadOnlyMemory<float> samples, CancellationToken cancellationToken = default)
    {
        var print = encoder.Embed(samples, cancellationToken);
        var seconds = samples.Length / SampleRate;
        var person = Find(print, seconds);
        person.Seconds += seconds;
        person.Pitches.Add(PitchDetector.Voiced(samples.Span));
        last = person;
        return person.Profile;
    }

    Person Find(float[]? print, double seconds)
    {
        if (print is null) return last ?? Open();
        var isLong = seconds >= SpeakerClustering.ShortestSeconds;
        var nearest = people.Where(p => p.Prints > 0).MaxBy(p => p.Similarity(print));
        var person = nearest is null ? last
            : speakers is { } most && people.Count >= most ? nearest
            : !isLong || nearest.Similarity(print) >= Needed(nearest) ? nearest
            : null;
        person ??= Open();
        if (isLong || !person.IsSettled) person.Learn(print, isLong);
        return person;
    }

    static double Needed(Person person) => person.IsSettled ? SpeakerClustering.SameSpeaker : person.Seconds < Call ? SameSpeakerCall : SameSpeakerShort;

    Person Open()
    {
        var person = new Person("S" + (people.Count + 1).ToString(CultureInfo.InvariantCulture));
        people.Add(person);
        return person;
    }

    sealed class Person(string id)
    {
        float[] sum = new float[SpeakerEncoder.Size];

        public double Seconds { get; set; }

        public PitchHistogram Pitches { get; } = new();

        public int Prints { get; private set; }

        /// <summary>Whether an utterance long enough to be trusted was heard.</summary>
        public bool IsSettled { get; private set; }

        public SpeakerProfile Profile => new(id, Pitches.Median, Seconds);

        /// <summary>Mean similarity to all prints learnt.</summary>
        public double Similarity(float[] print) => VoicePrint.Dot(sum, print) / (double)Prints;

        public void Learn(float[] print, bool isLong)
        {
            if (isLong && !IsSettled)
            {
                sum = new float[SpeakerEncoder.Size];
                Prints = 0;
                IsSettled = true;
            }
            VoicePrint.Add(print, sum);
            Prints++;
        }
    }
}
