using System.Text;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;

namespace Octavia.Api.Accounts;

/// <summary>Access tokens: made here, and checked with the same key.</summary>
sealed class Tokens(IOptions<JwtOptions> options)
{
    static readonly JsonWebTokenHandler Handler = new();

    public TokenResponse For(OctaviaUser user)
    {
        var jwt = options.Value;
        var token = Handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = jwt.Issuer,
            Audience = jwt.Audience,
            Claims = new Dictionary<string, object> { ["sub"] = user.Id.ToString(), ["email"] = user.Email! },
            Expires = DateTime.UtcNow + jwt.Lifetime,
            SigningCredentials = new SigningCredentials(Key(jwt), SecurityAlgorithms.HmacSha256),
        });
        return new TokenResponse(token, "Bearer", (int)jwt.Lifetime.TotalSeconds, user.Id, user.Email!);
    }

    static SymmetricSecurityKey Key(JwtOptions jwt) => new(Encoding.UTF8.GetBytes(jwt.SigningKey));

    internal sealed class Validation(IOptions<JwtOptions> options) : IConfigureNamedOptions<JwtBearerOptions>
    {
        public void Configure(JwtBearerOptions bearer) => Configure(JwtBearerDefaults.AuthenticationScheme, bearer);

        public void Configure(string? name, JwtBearerOptions bearer)
        {
            var jwt = options.Value;
            bearer.MapInboundClaims = false;
            bearer.TokenValidationParameters = new TokenValidationParameters
            {
                ValidIssuer = jwt.Issuer,
                ValidAudience = jwt.Audience,
                IssuerSigningKey = Key(jwt),
                ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
                ClockSkew = TimeSpan.FromSeconds(30),
            };
            bearer.Events = new JwtBearerEvents { OnMessageReceived = TakeFromQuery };
        }

        // A browser's EventSource cannot send headers, so the stream, and nothing else, takes the token in its address.
        static Task TakeFromQuery(MessageReceivedContext context)
        {
            if (context.Request.Path.Value?.EndsWith("/stream", StringComparison.Ordinal) == true
                && context.Request.Query["token"] is [{ Length: > 0 } token])
                context.Token = token;
            return Task.CompletedTask;
        }
    }
}
