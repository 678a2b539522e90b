using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Octavia.Api.Accounts;

namespace Octavia.Api.Webhooks;

/// <summary>
/// What messages are signed with, in the way of the Standard Webhooks specification. Signing takes the secret itself, so it is kept, encrypted with a
/// key that is made of the one that tokens are signed with, and for its own webhook only.
/// </summary>
sealed class WebhookSecrets(IOptions<JwtOptions> options)
{
    const string Prefix = "whsec_";
    const int Bytes = 32;
    const int NonceBytes = 12;
    const int TagBytes = 16;

    readonly byte[] key = HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(options.Value.SigningKey), Bytes, info: "octavia webhook secrets"u8.ToArray());

    /// <summary>A new secret: as its owner gets it, and as it is kept.</summary>
    public (string Shown, byte[] Kept) New(Guid webhookId)
    {
        var secret = RandomNumberGenerator.GetBytes(Bytes);
        var kept = new byte[NonceBytes + TagBytes + Bytes];
        RandomNumberGenerator.Fill(Nonce(kept));
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(Nonce(kept), secret, Cipher(kept), Tag(kept), webhookId.ToByteArray());
        return (Prefix + Convert.ToBase64String(secret), kept);
    }

    /// <summary>The header <c>webhook-signature</c>.</summary>
    /// <exception cref="CryptographicException">The secret was encrypted with another key: the service has a new one.</exception>
    public string Sign(Guid webhookId, byte[] kept, string id, string timestamp, string body)
    {
        var secret = new byte[Bytes];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(Nonce(kept), Cipher(kept), Tag(kept), secret, webhookId.ToByteArray());
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}")));
    }

    static Span<byte> Nonce(byte[] kept) => kept.AsSpan(0, NonceBytes);

    static Span<byte> Tag(byte[] kept) => kept.AsSpan(NonceBytes, TagBytes);

    static Span<byte> Cipher(byte[] kept) => kept.AsSpan(NonceBytes + TagBytes);
}
