namespace Octavia.Dubbing.Speakers;

/// <summary>
/// Who speaks which segment, when all segments are known: average linkage on cosine distance, cut at 0.42, over segments of 1.5 s and
/// more; shorter ones go to the nearest centre afterwards (figures in models/speaker-encoder/README.md).
/// </summary>
public static class SpeakerClustering
{
    /// <summary>Segments below this many seconds found no cluster.</summary>
    public const double ShortestSeconds = 1.5;

    /// <summary>Average similarity at and above which two voices are one: 1 - 0.42.</summary>
    public const double SameSpeaker = 0.58;

    /// <summary>Numbers the speakers from 0 in the order in which they first speak.</summary>
    /// <param name="prints">Voice print per segment, in order of time; null where there is none: such a segment goes to the one before it.</param>
    /// <param name="seconds">Length per segment.</param>
    /// <param name="speakers">How many people speak; null when not known.</param>
    /// <returns>Speaker per segment.</returns>
    public static int[] Cluster(IReadOnlyList<float[]?> prints, IReadOnlyList<double> seconds, int? speakers = null)
    {
        var known = Enumerable.Range(0, prints.Count).Where(i => prints[i] is not null).ToList();
        var seeds = known.Where(i => seconds[i] >= ShortestSeconds).ToList();
        // Nothing long enough: the short ones are all there is.
        if (seeds.Count < (speakers ?? 1)) seeds = known;
        var clusters = Link(seeds, prints, speakers);
        var centres = clusters.Select(cluster => Centre(cluster, prints)).ToList();
        foreach (var i in known.Except(seeds).ToList())
            clusters[Enumerable.Range(0, centres.Count).MaxBy(c => VoicePrint.Dot(centres[c], prints[i]))].Add(i);
        return Number(clusters, prints.Count);
    }

    static List<List<int>> Link(List<int> seeds, IReadOnlyList<float[]?> prints, int? speakers)
    {
        var clusters = seeds.Select(i => new List<int> { i }).ToList();
        // Average linkage is the mean over all pairs, which for sums of prints is one dot product.
        var sums = seeds.Select(i => (float[])prints[i]!.Clone()).ToList();
        while (clusters.Count > (speakers ?? 1))
        {
            var (best, a, b) = (double.NegativeInfinity, 0, 0);
            for (var i = 0; i < clusters.Count; i++)
                for (var j = i + 1; j < clusters.Count; j++)
                {
                    var similarity = VoicePrint.Dot(sums[i], sums[j]) / ((double)clusters[i].Count * clusters[j].Count);
                    if (similarity > best) (best, a, b) = (similarity, i, j);
                }
            if (speakers is null && best < SameSpeaker) break;
            clusters[a].AddRange(clusters[b]);
            VoicePrint.Add(sums[b], sums[a]);
            clusters.RemoveAt(b);
            sums.RemoveAt(b);
        }
        return clusters;
    }

    static float[] Centre(List<int> cluster, IReadOnlyList<float[]?> prints)
    {
        var centre = new float[SpeakerEncoder.Size];
        foreach (var i in cluster) VoicePrint.Add(prints[i], centre);
        VoicePrint.Normalize(centre);
        return centre;
    }

    static int[] Number(List<List<int>> clusters, int count)
    {
        var labels = new int[count];
        Array.Fill(labels, -1);
        var number = 0;
        foreach (var cluster in clusters.OrderBy(c => c.Min()))
        {
            foreach (var i in cluster) labels[i] = number;
            number++;
        }
        for (var i = 0; i < count; i++)
            if (labels[i] < 0) labels[i] = i > 0 ? labels[i - 1] : 0;
        return labels;
    }
}
