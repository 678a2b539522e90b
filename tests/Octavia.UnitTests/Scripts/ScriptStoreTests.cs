using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Scripts;
using Xunit;

namespace Octavia.UnitTests.Scripts;

public sealed class ScriptStoreTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("octavia-script").FullName;

    [Fact]
    public async Task A_change_is_on_disk_before_it_is_done()
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
