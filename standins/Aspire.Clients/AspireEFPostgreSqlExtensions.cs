using Aspire.Npgsql.EntityFrameworkCore.PostgreSQL;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure;

namespace Aspire.Npgsql.EntityFrameworkCore.PostgreSQL
{
    public class NpgsqlEntityFrameworkCorePostgreSQLSettings
    {
        public string? ConnectionString { get; set; }

        public bool DisableRetry { get; set; }

        public bool DisableHealthChecks { get; set; }

        public bool DisableTracing { get; set; }

        public bool DisableMetrics { get; set; }

        /// <summary>Seconds.</summary>
        public int? CommandTimeout { get; set; }
    }
}

namespace Microsoft.Extensions.Hosting
{
    public static class AspireEFPostgreSqlExtensions
    {
        /// <summary>A pooled context that retries what is transient: own transactions need <c>CreateExecutionStrategy()</c>.</summary>
        public static void AddNpgsqlDbContext<TContext>(
            this IHostApplicationBuilder builder,
            string connectionName,
            Action<NpgsqlEntityFrameworkCorePostgreSQLSettings>? configureSettings = null,
            Action<DbContextOptionsBuilder>? configureDbContextOptions = null) where TContext : DbContext
        {
            var settings = builder.ReadSettings<NpgsqlEntityFrameworkCorePostgreSQLSettings>(
                "Aspire:Npgsql:EntityFrameworkCore:PostgreSQL", typeof(TContext).Name, connectionName);
            settings.ConnectionString = builder.Configuration.GetConnectionString(connectionName) ?? settings.ConnectionString;
            configureSettings?.Invoke(settings);

            builder.Services.AddDbContextPool<TContext>(options =>
            {
                options.UseNpgsql(
                    ConnectionSettings.Require(settings.ConnectionString, connectionName), npgsql => Configure(npgsql, settings));
                configureDbContextOptions?.Invoke(options);
            });
            if (!settings.DisableHealthChecks)
                builder.Services.AddHealthChecks().AddDbContextCheck<TContext>(typeof(TContext).Name);
            if (!settings.DisableTracing)
                builder.Services.AddOpenTelemetry().WithTracing(t => t.AddNpgsql());
            if (!settings.DisableMetrics)
                builder.Services.AddOpenTelemetry().WithMetrics(m => m.AddMeter("Npgsql"));
        }

        private static void Configure(NpgsqlDbContextOptionsBuilder npgsql, NpgsqlEntityFrameworkCorePostgreSQLSettings settings)
        {
            if (!settings.DisableRetry)
                npgsql.EnableRetryOnFailure();
            if (settings.CommandTimeout is { } seconds)
                npgsql.CommandTimeout(seconds);
        }
    }
}
