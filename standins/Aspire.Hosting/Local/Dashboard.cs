namespace Aspire.Hosting.Local;

internal static class Dashboard
{
    public static void AddTo(DistributedApplicationBuilder builder) => _ = builder;
}
