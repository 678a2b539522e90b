using Octavia.Jobs.Client;

namespace Octavia.Web.Accounts;

/// <summary>What people do to their account: the password, keys of scripts, the end of sessions and of the account.</summary>
public sealed partial class AccountPage
{
    AccountResponse? _account;
    IReadOnlyList<KeyResponse>? _keys;
    KeyResponse? _made;
    string _current = "";
    string _next = "";
    string _name = "";
    string _last = "";
    string _news = "";
    bool _busy;

    protected override Task OnLiveAsync() => TryUntilReachedAsync(LoadAsync);

    async Task LoadAsync(OctaviaClient client, CancellationToken ct)
    {
        _account = await client.AccountAsync(ct);
        _keys = await client.KeysAsync(ct);
    }

    async Task ChangePasswordAsync()
    {
        TokenResponse? tokens = null;
        var done = await ActAsync("The password is changed.", async (client, ct) => tokens = await client.ChangePasswordAsync(_current, _next, ct));
        // The page does not keep what was entered.
        _current = _next = "";
        if (done) await Api.KeepAsync(tokens!);
    }

    async Task CreateKeyAsync()
    {
        _made = null;
        var done = await ActAsync("The key is made. Copy it now: it is not shown again.", async (client, ct) =>
        {
            _made = await client.CreateKeyAsync(_name, ct);
            _keys = await client.KeysAsync(ct);
        });
        if (done) _name = "";
    }

    async Task RevokeAsync(KeyResponse key)
    {
        if (!await SureAsync("Revoke this key?", $"Scripts that send {key.Name} get no further from now on.", "Revoke")) return;
        if (_made?.Id == key.Id) _made = null;
        await ActAsync("The key is revoked.", async (client, ct) =>
        {
            await client.RevokeKeyAsync(key.Id, ct);
            _keys = await client.KeysAsync(ct);
        });
    }

    async Task LogoutEverywhereAsync()
    {
        if (!await SureAsync("Log out everywhere?", "You have to log in again, here and on all other devices.", "Log out")) return;
        if (await ActAsync("You are logged out.", (client, ct) => client.LogoutEverywhereAsync(ct))) await Api.LeaveAsync("/account/login");
    }

    async Task DeleteAsync()
    {
        var password = _last;
        _last = "";
        if (!await SureAsync("Delete your account?", "All your jobs, files and keys will be gone for good.", "Delete it")) return;
        if (await ActAsync("The account is deleted.", (client, ct) => client.DeleteAccountAsync(password, ct))) await Api.LeaveAsync("/");
    }

    async Task<bool> SureAsync(string title, string text, string yes) =>
        await Dialogs.ShowMessageBoxAsync(title, text, yes, cancelText: "Keep it") == true;

    async Task<bool> ActAsync(string news, Func<OctaviaClient, CancellationToken, Task> act)
    {
        _busy = true;
        _news = "";
        var done = await TryAsync(act);
        _busy = false;
        if (done) _news = news;
        return done;
    }
}
