using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Batches;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.Jobs.Imports;
using Octavia.Jobs.Queue;
using Octavia.Jobs.Webhooks;

namespace Octavia.Jobs;

/// <summary>
/// The database. What belongs to users (<see cref="IOwned"/>) is filtered by <see cref="OwnerId"/>, which nobody is until it is set: a forgotten
/// filter shows nothing. Who serves everybody (the worker, an admin, whoever looks up a token) says <c>IgnoreQueryFilters()</c>.
/// </summary>
public sealed class OctaviaDbContext(DbContextOptions<OctaviaDbContext> options)
    : IdentityUserContext<OctaviaUser, Guid>(options)
{
    static readonly MethodInfo OwnMethod = typeof(OctaviaDbContext).GetMethod(nameof(Own), BindingFlags.Instance | BindingFlags.NonPublic)!;

    public Guid OwnerId { get; set; }

    // A pooled context is disposed by whoever leased it and used again by somebody else.
    public override void Dispose()
    {
        OwnerId = Guid.Empty;
        base.Dispose();
    }

    public override ValueTask DisposeAsync()
    {
        OwnerId = Guid.Empty;
        return base.DisposeAsync();
    }

    public DbSet<Job> Jobs => Set<Job>();

    public DbSet<Batch> Batches => Set<Batch>();

    public DbSet<BatchItem> BatchItems => Set<BatchItem>();

    public DbSet<StoredFile> Files => Set<StoredFile>();

    public DbSet<ResumableUpload> ResumableUploads => Set<ResumableUpload>();

    public DbSet<Import> Imports => Set<Import>();

    public DbSet<CreditEntry> Credits => Set<CreditEntry>();

    public DbSet<LoginSession> Sessions => Set<LoginSession>();

    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    public DbSet<IdempotentRequest> IdempotentRequests => Set<IdempotentRequest>();

    public DbSet<Webhook> Webhooks => Set<Webhook>();

    public DbSet<WebhookDelivery> WebhookDeliveries => Set<WebhookDelivery>();

    internal DbSet<LaneTurn> LaneTurns => Set<LaneTurn>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<JobType>().HaveConversion<EnumNameConverter<JobType>>().HaveMaxLength(32);
        configurationBuilder.Properties<JobStatus>().HaveConversion<EnumNameConverter<JobStatus>>().HaveMaxLength(32);
        configurationBuilder.Properties<JobPhase>().HaveConversion<EnumNameConverter<JobPhase>>().HaveMaxLength(32);
        configurationBuilder.Properties<BatchItemState>().HaveConversion<EnumNameConverter<BatchItemState>>().HaveMaxLength(32);
        configurationBuilder.Properties<FileType>().HaveConversion<EnumNameConverter<FileType>>().HaveMaxLength(32);
        configurationBuilder.Properties<ImportStatus>().HaveConversion<EnumNameConverter<ImportStatus>>().HaveMaxLength(32);
        configurationBuilder.Properties<CreditKind>().HaveConversion<EnumNameConverter<CreditKind>>().HaveMaxLength(32);
        configurationBuilder.Properties<UserRole>().HaveConversion<EnumNameConverter<UserRole>>().HaveMaxLength(32);
        configurationBuilder.Properties<Plan>().HaveConversion<EnumNameConverter<Plan>>().HaveMaxLength(32);
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.Entity<OctaviaUser>().ToTable("users");
        builder.Entity<Job>(job =>
        {
            job.ToTable("jobs");
            job.HasIndex(x => new { x.UserId, x.CreatedAt });
            job.HasIndex(x => x.Status);
            job.Property(x => x.CurrentStep).HasMaxLength(500);
            job.Property(x => x.ErrorCode).HasMaxLength(100);
            job.Property(x => x.Lane).HasMaxLength(20);
            job.Property(x => x.TraceParent).HasMaxLength(100);
            job.Property(x => x.JobMetadata).HasColumnType("jsonb").HasConversion<JsonConverter<JobMetadata>, ReplacedComparer<JobMetadata>>();
            job.Property(x => x.Glossary).HasColumnType("jsonb").HasConversion<JsonConverter<IReadOnlyList<GlossaryTerm>>, ReplacedComparer<IReadOnlyList<GlossaryTerm>>>();
        });
        builder.Entity<Batch>(batch =>
        {
            batch.ToTable("batches");
            batch.HasIndex(x => new { x.UserId, x.CreatedAt });
            batch.Property(x => x.Name).HasMaxLength(250);
            batch.Property(x => x.Options).HasColumnType("jsonb").HasConversion<JsonConverter<CreateJobRequest>, ReplacedComparer<CreateJobRequest>>();
            batch.HasMany(x => x.Items).WithOne().HasForeignKey(x => x.BatchId);
        });
        builder.Entity<BatchItem>(item =>
        {
            item.ToTable("batch_items");
            item.HasIndex(x => new { x.BatchId, x.Position });
            item.HasIndex(x => x.Due).HasFilter("due IS NOT NULL");
            item.HasIndex(x => x.UserId);
            item.Property(x => x.ErrorCode).HasMaxLength(100);
        });
        builder.Entity<StoredFile>(file =>
        {
            file.ToTable("files");
            file.HasIndex(x => x.UserId);
            file.HasIndex(x => x.StoragePath).IsUnique();
            file.Property(x => x.TraceParent).HasMaxLength(100);
        });
        builder.Entity<ResumableUpload>(upload =>
        {
            upload.ToTable("resumable_uploads");
            upload.HasIndex(x => x.UserId);
            upload.HasIndex(x => x.ExpiresAt);
        });
        builder.Entity<Import>(import =>
        {
            import.ToTable("imports");
            import.HasIndex(x => x.UserId);
            import.HasIndex(x => x.CreatedAt);
            import.Property(x => x.ErrorCode).HasMaxLength(100);
        });
        builder.Entity<CreditEntry>(entry =>
        {
            entry.ToTable("credit_entries");
            entry.HasIndex(x => x.UserId);
            entry.HasIndex(x => x.HoldId).IsUnique();
            entry.Property(x => x.Note).HasMaxLength(200);
        });
        builder.Entity<LoginSession>(session =>
        {
            session.ToTable("sessions");
            session.HasIndex(x => x.UserId);
            session.Property(x => x.TokenHash).HasMaxLength(64);
        });
        builder.Entity<ApiKey>(key =>
        {
            key.ToTable("api_keys");
            key.HasIndex(x => x.UserId);
            key.HasIndex(x => x.KeyHash).IsUnique();
            key.Property(x => x.KeyHash).HasMaxLength(64);
            key.Property(x => x.Name).HasMaxLength(100);
            key.Property(x => x.Ending).HasMaxLength(8);
        });
        builder.Entity<IdempotentRequest>(request =>
        {
            request.ToTable("idempotent_requests");
            request.HasKey(x => new { x.UserId, x.Key });
            request.Property(x => x.Key).HasMaxLength(200);
            request.Property(x => x.RequestHash).HasMaxLength(64);
            request.Property(x => x.Location).HasMaxLength(200);
        });
        DescribeWebhooks(builder);
        builder.Entity<LaneTurn>(turn =>
        {
            turn.ToTable("lane_turns");
            turn.Property(x => x.Id).ValueGeneratedNever();
            turn.HasData(new LaneTurn { Id = LaneTurn.OnlyId });
        });
        foreach (var type in builder.Model.GetEntityTypes().Select(x => x.ClrType).Where(typeof(IOwned).IsAssignableFrom).ToList())
            OwnMethod.MakeGenericMethod(type).Invoke(this, [builder]);
        UseSnakeCase(builder);
    }

    static void DescribeWebhooks(ModelBuilder builder)
    {
        builder.Entity<Webhook>(webhook =>
        {
            webhook.ToTable("webhooks");
            webhook.HasIndex(x => x.UserId);
            webhook.Property(x => x.Url).HasMaxLength(2000);
        });
        builder.Entity<WebhookDelivery>(delivery =>
        {
            delivery.ToTable("webhook_deliveries");
            delivery.HasIndex(x => x.UserId);
            delivery.HasIndex(x => new { x.WebhookId, x.CreatedAt });
            delivery.HasIndex(x => x.NextTryAt).HasFilter("next_try_at IS NOT NULL");
            delivery.HasOne<Webhook>().WithMany().HasForeignKey(x => x.WebhookId);
            delivery.Property(x => x.Event).HasMaxLength(100);
            delivery.Property(x => x.Problem).HasMaxLength(WebhookDelivery.LongestProblem);
        });
    }

    // The one place where rows get their owner: the filter, and the reference by which they go with the account.
    void Own<T>(ModelBuilder builder) where T : class, IOwned
    {
        builder.Entity<T>().HasQueryFilter(x => x.UserId == OwnerId);
        builder.Entity<T>().HasOne<OctaviaUser>().WithMany().HasForeignKey(nameof(IOwned.UserId));
    }

    static void UseSnakeCase(ModelBuilder builder)
    {
        foreach (var entity in builder.Model.GetEntityTypes())
        {
            entity.SetTableName(Snake(entity.GetTableName()!.Replace("AspNet", "", StringComparison.Ordinal)));
            foreach (var property in entity.GetProperties()) property.SetColumnName(Snake(property.GetColumnName()));
            foreach (var key in entity.GetKeys()) key.SetName(Snake(key.GetName()!));
            foreach (var key in entity.GetForeignKeys()) key.SetConstraintName(Snake(key.GetConstraintName()!));
            foreach (var index in entity.GetIndexes()) index.SetDatabaseName(Snake(index.GetDatabaseName()!));
        }
    }

    static string Snake(string name) =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(name).Replace("__", "_", StringComparison.Ordinal);

    sealed class EnumNameConverter<T>() : ValueConverter<T, string>(
        value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()),
        name => Enum.Parse<T>(name.Replace("_", "", StringComparison.Ordinal), true))
        where T : struct, Enum;

    sealed class JsonConverter<T>() : ValueConverter<T, string>(
        value => JsonSerializer.Serialize(value, OctaviaClient.Json),
        json => JsonSerializer.Deserialize<T>(json, OctaviaClient.Json)!)
        where T : class;

    // What is kept as JSON is replaced, never changed in place.
    sealed class ReplacedComparer<T>() : ValueComparer<T>(
        (a, b) => ReferenceEquals(a, b), value => value.GetHashCode(), value => value)
        where T : class;
}
