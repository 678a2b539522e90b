using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Octavia.Api.Accounts;

/// <summary>Secrets that are long and random: nobody finds one by trying, so a plain hash is enough to keep it by.</summary>
static class Secret
{
    const int Bytes = 32;

    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>SHA-256, in hexadecimal digits.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>Takes as long wherever they differ.</summary>
    public static bool Equal(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(one)), SHA256.HashData(Encoding.UTF8.GetBytes(other)));
}
