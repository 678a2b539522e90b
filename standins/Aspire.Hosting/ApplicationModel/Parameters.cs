using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.ApplicationModel
{
    public abstract class ParameterDefault
    {
        public abstract string GetDefaultValue();
    }

    /// <summary>A random text. As in Aspire, letters, digits and signs are each drawn unless switched off.</summary>
    public sealed class GenerateParameterDefault : ParameterDefault
    {
        public int MinLength { get; set; }

        public bool Lower { get; set; } = true;

        public bool Upper { get; set; } = true;

        public bool Numeric { get; set; } = true;

        public bool Special { get; set; } = true;

        public override string GetDefaultValue()
        {
            // The signs are those that need no quoting in a connection string, a URL or a shell.
            var alphabet = (Lower ? "abcdefghjkmnpqrstuvwxyz" : "") + (Upper ? "ABCDEFGHJKMNPQRSTUVWXYZ" : "")
                + (Numeric ? "0123456789" : "") + (Special ? "-_.~" : "");
            return RandomNumberGenerator.GetString(alphabet, Math.Max(MinLength, 22));
        }
    }

    public class ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false) : Resource(name), IValueProvider
    {
        private string? _value;

        public bool Secret { get; } = secret;

        public ParameterDefault? Default { get; set; }

        public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) =>
            ValueTask.FromResult<string?>(_value ??= callback(Default));
    }
}

namespace Aspire.Hosting
{
    public class MissingParameterValueException(string message) : DistributedApplicationException(message);

    public static class ParameterResourceBuilderExtensions
    {
        public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false) =>
            builder.AddResource(new ParameterResource(
                name,
                _ => builder.Configuration[$"Parameters:{name}"] ?? throw new MissingParameterValueException(
                    $"The parameter '{name}' has no value: set Parameters__{name} in the environment."),
                secret));

        public static IResourceBuilder<ParameterResource> AddParameter(
            this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false, bool persist = false) =>
            builder.AddResource(Generated(builder, name, value, secret, persist));

        public static IResourceBuilder<ParameterResource> AddParameter(
            this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false) =>
            builder.AddResource(new ParameterResource(name, _ => builder.Configuration[$"Parameters:{name}"] ?? value, secret));

        internal static ParameterResource CreateDefaultPasswordParameter(IDistributedApplicationBuilder builder, string name) =>
            Generated(builder, name, new GenerateParameterDefault { Special = false }, secret: true, persist: true);

        private static ParameterResource Generated(
            IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret, bool persist)
        {
            string Read(ParameterDefault? fallback) =>
                builder.Configuration[$"Parameters:{name}"]
                ?? (persist ? DataFolder.Of(builder).Secret(name, fallback!.GetDefaultValue) : fallback!.GetDefaultValue());

            return new ParameterResource(name, Read, secret) { Default = value };
        }
    }
}
