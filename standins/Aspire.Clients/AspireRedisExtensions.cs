using Aspire.StackExchange.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Aspire.StackExchange.Redis
{
    public sealed class StackExchangeRedisSettings
    {
        public string? ConnectionString { get; set; }

        public bool DisableHealthChecks { get; set; }

        /// <summary>Without effect: the instrumentation that Aspire uses is not on every feed, so no command is traced here.</summary>
        public bool DisableTracing { get; set; }
    }
}

namespace Microsoft.Extensions.Hosting
{
    public static class AspireRedisExtensions
    {
        /// <summary>One <see cref="IConnectionMultiplexer"/> that keeps trying while Redis is away.</summary>
        public static void AddRedisClient(
            this IHostApplicationBuilder builder,
            string connectionName,
            Action<StackExchangeRedisSettings>? configureSettings = null,
            Action<ConfigurationOptions>? configureOptions = null)
        {
            var settings = builder.ReadSettings<StackExchangeRedisSettings>("Aspire:StackExchange:Redis", connectionName);
            settings.ConnectionString = builder.Configuration.GetConnectionString(connectionName) ?? settings.ConnectionString;
            configureSettings?.Invoke(settings);

            builder.Services.AddSingleton<IConnectionMultiplexer>(services =>
            {
                var options = ConfigurationOptions.Parse(ConnectionSettings.Require(settings.ConnectionString, connectionName));
                options.AbortOnConnectFail = false;
                options.LoggerFactory ??= services.GetService<ILoggerFactory>();
                configureOptions?.Invoke(options);
                return ConnectionMultiplexer.Connect(options);
            });
            if (!settings.DisableHealthChecks)
                builder.Services.AddHealthChecks().AddRedis(s => s.GetRequiredService<IConnectionMultiplexer>(), "StackExchange.Redis");
        }
    }
}
