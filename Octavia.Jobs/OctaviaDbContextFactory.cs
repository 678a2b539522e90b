using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Octavia.Jobs;

/// <summary>For <c>dotnet ef migrations add</c>, which needs the model and no database.</summary>
sealed class OctaviaDbContextFactory : IDesignTimeDbContextFactory<OctaviaDbContext>
{
    public OctaviaDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<OctaviaDbContext>().UseNpgsql().Options);
}
