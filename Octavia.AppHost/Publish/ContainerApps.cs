using Aspire.Hosting.Azure;
using Azure.Provisioning.AppContainers;

namespace Octavia.AppHost.Publish;

/// <summary>What only Aspire has: the deployment to Azure Container Apps, the workers on its GPUs.</summary>
internal static class ContainerApps
{
    private const string Gpu = "gpu";

    public static void DeployToContainerApps(
        this IDistributedApplicationBuilder builder,
        IResourceBuilder<ProjectResource> migrations,
        IResourceBuilder<ProjectResource> api,
        IResourceBuilder<ProjectResource> worker,
        IResourceBuilder<ProjectResource> web)
    {
        // Aspire has no word for GPUs: a consumption profile, without node counts, is added to the environment by hand.
        builder.AddAzureContainerAppEnvironment("octavia-environment").ConfigureInfrastructure(infrastructure =>
        {
            var environment = infrastructure.GetProvisionableResources().OfType<ContainerAppManagedEnvironment>().Single();
            environment.WorkloadProfiles.Add(new ContainerAppWorkloadProfile { Name = Gpu, WorkloadProfileType = "Consumption-GPU-NC8as-T4" });
        });

        // Without a schedule the job waits for a trigger by hand, and Aspire has no step that gives it: after each deployment, and before
        // the services can start, run 'az containerapp job start --name migrations --resource-group GROUP'.
        migrations.PublishAsAzureContainerAppJob();
        api.WithProbes();
        web.WithProbes();
        // WithReplicas in AppHost.cs becomes minReplicas.
        worker.WithProbes().PublishAsAzureContainerApp((_, app) => app.WorkloadProfileName = Gpu);
    }

    /// <summary>Container Apps probes what WithHttpProbe names; WithHttpHealthCheck serves only the local run.</summary>
    private static IResourceBuilder<ProjectResource> WithProbes(this IResourceBuilder<ProjectResource> project)
    {
#pragma warning disable ASPIREPROBES001 // Marked experimental in 13.5; goes when it is not any more.
        return project.WithHttpProbe(ProbeType.Liveness, "/alive").WithHttpProbe(ProbeType.Readiness, "/health");
#pragma warning restore ASPIREPROBES001
    }
}
