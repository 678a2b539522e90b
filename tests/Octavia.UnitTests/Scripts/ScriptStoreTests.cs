using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Scripts;
using Xunit;

namespace Octavia.UnitTests.Scripts;

public sealed class ScriptStoreTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("octavia-script").FullName;

    [Fact]
    public async Task Every_change_is_on_disk_at_the_end()
    {
        using (var store = await ScriptStore.OpenAsync(_folder, "abc", null, default))
        {
            await store.UpdateAsync(script => script.Utterances.Add(Line(1)), null, default);
            await store.UpdateAsync(script => script.Utterances[0].Translation = new Translated("¿Qué tal?", "h"), null, default);
        }
        using var again = await ScriptStore.OpenAsync(_folder, "abc", null, default);
        var line = Assert.Single(again.Script.Utterances);
        Assert.Equal("¿Qué tal?", line.Translation?.Text);
        Assert.Equal(" how", line.Words[0].Text);
        var json = await File.ReadAllTextAsync(Path.Combine(_folder, "script.json"));
        Assert.Contains("\"recognized_until\"", json);
        Assert.Contains("¿Qué tal?", json);
    }

    [Fact]
    public async Task Another_input_begins_a_new_script()
    {
        using (var store = await ScriptStore.OpenAsync(_folder, "abc", null, default))
            await store.UpdateAsync(script => script.Utterances.Add(Line(1)), null, default);
        using var other = await ScriptStore.OpenAsync(_folder, "def", null, default);
        Assert.Empty(other.Script.Utterances);
    }

    [Theory]
    [InlineData("{ not json")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("")]
    public async Task A_broken_script_begins_a_new_one(string content)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "script.json"), content);
        using var store = await ScriptStore.OpenAsync(_folder, "abc", null, default);
        Assert.Empty(store.Script.Utterances);
    }

    [Fact]
    public async Task Side_by_side_changes_share_saves_and_the_checkpoint_is_never_called_twice_at_a_time()
    {
        var (calls, running, files) = (0, 0, new HashSet<string>());
        using var store = await ScriptStore.OpenAsync(_folder, "abc", async (paths, token) =>
        {
            Assert.Equal(1, Interlocked.Increment(ref running));
            calls++;
            files.UnionWith(paths);
            await Task.Delay(20, token);
            Interlocked.Decrement(ref running);
        }, default);
        await Task.WhenAll(Enumerable.Range(1, 30).Select(i => Task.Run(() =>
            store.UpdateAsync(script => script.Utterances.Add(Line(i)), $"takes/{i}.wav", default))));
        Assert.InRange(calls, 1, 15);
        Assert.Equal(31, files.Count);
        using var again = await ScriptStore.OpenAsync(_folder, "abc", null, default);
        Assert.Equal(30, again.Script.Utterances.Count);
    }

    [Fact]
    public async Task Many_changes_make_one_save_a_second_and_a_take_is_saved_at_once()
    {
        var (time, saves) = (new Clock(), new List<IReadOnlyList<string>>());
        using (var store = await ScriptStore.OpenAsync(_folder, "", "abc", (paths, _) =>
        {
            saves.Add(paths);
            return Task.CompletedTask;
        }, time, default))
        {
            for (var i = 1; i <= 1000; i++) await store.UpdateAsync(script => script.Utterances.Add(Line(i)), null, default);
            Assert.Single(saves);
            time.Seconds = 1;
            await store.UpdateAsync(script => script.Recognized = true, null, default);
            Assert.Equal(2, saves.Count);
            await store.UpdateAsync(script => script.Utterances[0].Speaker = "S1", "takes/1.wav", default);
            Assert.Equal(["script.json", "takes/1.wav"], saves[2]);
            Assert.Single(await File.ReadAllLinesAsync(Path.Combine(_folder, "script.json")));
            await store.UpdateAsync(script => script.Utterances[0].Speaker = "S2", null, default);
            Assert.Equal(3, saves.Count);
        }
        using var again = await ScriptStore.OpenAsync(_folder, "abc", null, default);
        Assert.Equal((1000, "S2"), (again.Script.Utterances.Count, again.Script.Utterances[0].Speaker));
    }

    sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }

    [Fact]
    public async Task What_the_checkpoint_throws_ends_the_run()
    {
        using var store = await ScriptStore.OpenAsync(_folder, "abc", (_, _) => throw new InvalidOperationException("lost"), default);
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.UpdateAsync(script => script.Recognized = true, null, default));
    }

    [Fact]
    public void Hashes_tell_where_one_part_ends() => Assert.NotEqual(StageHash.Of("ab", "c"), StageHash.Of("a", "bc"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static Utterance Line(int id) => new() { Id = id, Start = id, End = id + 0.5, Text = "how are you", Words = [new Word(" how", id, id + 0.2, 0.9)] };
}
