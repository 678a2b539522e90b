using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Octavia.Jobs.Client;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

public class AccountTests(ServiceSystem system)
{
    const string Password = "a long enough one";

    static string NewEmail() => $"{Guid.NewGuid():N}@example.org";

    [Fact]
    public async Task Who_registers_can_log_in_and_has_the_first_credits()
    {
        var client = system.CreateClient();
        var email = NewEmail();
        var registered = await client.RegisterAsync(email, Password);
        var token = await client.LoginAsync(email.ToUpperInvariant(), Password);
        Assert.Equal((registered.UserId, "Bearer", email), (token.UserId, token.TokenType, token.Email));
        Assert.True(token.ExpiresIn > 60);
        client.AccessToken = token.AccessToken;
        Assert.Equal(3600, (await client.CreditsAsync()).BalanceSeconds);
    }

    [Fact]
    public async Task What_cannot_be_an_account_is_refused()
    {
        var client = system.CreateClient();
        var email = NewEmail();
        await client.RegisterAsync(email, Password);
        await RefusesAsync(HttpStatusCode.Conflict, "account.exists", () => client.RegisterAsync(email, Password));
        await RefusesAsync(HttpStatusCode.BadRequest, "account.password_weak", () => client.RegisterAsync(NewEmail(), "short"));
        await RefusesAsync(HttpStatusCode.BadRequest, "account.email_invalid", () => client.RegisterAsync("nobody", Password));
        await RefusesAsync(HttpStatusCode.BadRequest, "account.email_invalid", () => client.RegisterAsync("no\0body@example.org", Password));
        await RefusesAsync(HttpStatusCode.Unauthorized, "account.wrong_credentials", () => client.LoginAsync("no\0body@example.org", Password));
    }

    [Fact]
    public async Task Wrong_passwords_and_unknown_people_get_one_answer_and_guessing_is_locked_out()
    {
        var client = system.CreateClient();
        var email = NewEmail();
        await client.RegisterAsync(email, Password);
        await RefusesAsync(HttpStatusCode.Unauthorized, "account.wrong_credentials", () => client.LoginAsync(NewEmail(), Password));
        for (var i = 0; i < 10; i++)
            await RefusesAsync(HttpStatusCode.Unauthorized, "account.wrong_credentials", () => client.LoginAsync(email, "not this one"));
        await RefusesAsync(HttpStatusCode.TooManyRequests, "account.locked", () => client.LoginAsync(email, Password));
    }

    [Fact]
    public async Task A_token_of_another_key_is_worth_nothing()
    {
        var user = await system.CreateUserAsync();
        var parts = user.AccessToken!.Split('.');
        user.AccessToken = $"{parts[0]}.{parts[1]}.{new string([.. parts[2].Reverse()])}";
        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.required", () => user.CreditsAsync());
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("HS512")]
    public async Task A_token_of_another_algorithm_is_worth_nothing(string algorithm)
    {
        var user = await system.CreateUserAsync();
        var parts = user.AccessToken!.Split('.');
        var header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"alg":"{{algorithm}}","typ":"JWT"}"""));
        var key = Encoding.UTF8.GetBytes(ServiceSystem.SigningKey);
        // Signed as it says, with the right key.
        var signature = algorithm == "HS512" ? Base64Url.EncodeToString(HMACSHA512.HashData(key, Encoding.UTF8.GetBytes($"{header}.{parts[1]}"))) : "";
        user.AccessToken = $"{header}.{parts[1]}.{signature}";
        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.required", () => user.CreditsAsync());
    }

    [Theory]
    [InlineData("api/v1/no/such/place", HttpStatusCode.NotFound, "not_found")]
    [InlineData("api/v1/auth/login", HttpStatusCode.MethodNotAllowed, "request.method")]
    public async Task Every_error_is_a_problem_with_a_code(string path, HttpStatusCode status, string code)
    {
        using var http = system.Http();
        using var response = await http.GetAsync(path);
        Assert.Equal(status, response.StatusCode);
        await AssertProblemAsync(response, code);
    }

    [Fact]
    public async Task A_body_that_is_no_json_is_a_problem_too()
    {
        using var http = system.Http();
        using var response = await http.PostAsync("api/v1/auth/login", new StringContent("{\"email\":", new MediaTypeHeaderValue("application/json")));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        await AssertProblemAsync(response, "request.invalid");
    }

    [Fact]
    public async Task The_reference_asks_no_other_host()
    {
        using var http = system.Http();
        var page = await http.GetStringAsync("scalar/v1");
        Assert.DoesNotContain("https://", page.Replace("https://www.w3.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }
}
