using Microsoft.ML.OnnxRuntime;
using Octavia.Dubbing;
using Octavia.Dubbing.Onnx;
using Xunit;

namespace Octavia.UnitTests.Onnx;

/// <summary>There is no GPU here: what is tried is the way back to the processor.</summary>
public class GpuRuntimeTests
{
    static readonly string Encoder = TestFiles.At("tests/fixtures/marian-tiny-test/onnx/encoder_model_quantized.onnx");

    [Fact]
    public void A_plain_package_uses_none_and_says_nothing()
    {
        var runtime = new GpuRuntime(["CPUExecutionProvider"], _ => Assert.Fail("nothing is to be added"));
        Assert.Equal((false, null), (runtime.IsUsed, runtime.Problem));
        using var session = runtime.Open(Encoder);
        Assert.NotEmpty(session.OutputNames);
    }

    [Fact]
    public void Where_CUDA_cannot_be_used_the_processor_takes_over_and_the_reason_is_told()
    {
        var runtime = new GpuRuntime(["CUDAExecutionProvider", "CPUExecutionProvider"], options => options.AppendExecutionProvider_CUDA(0));
        Assert.False(runtime.IsUsed);
        Assert.StartsWith("The GPU is not used: ", runtime.Problem, StringComparison.Ordinal);
        using var session = runtime.Open(Encoder);
        Assert.NotEmpty(session.OutputNames);
    }

    [Fact]
    public void A_GPU_that_fails_when_a_network_opens_is_not_asked_again()
    {
        var asked = 0;
        // A device of this number is nowhere.
        var runtime = new GpuRuntime(["CUDAExecutionProvider"], options =>
        {
            if (++asked > 1) options.AppendExecutionProvider_CUDA(99);
        });
        Assert.True(runtime.IsUsed);
        using var first = runtime.Open(Encoder);
        using var second = runtime.Open(Encoder);
        Assert.Equal((false, 2), (runtime.IsUsed, asked));
        Assert.NotNull(runtime.Problem);
    }

    [Fact]
    public void A_damaged_model_is_called_that_and_is_no_fault_of_the_GPU()
    {
        var runtime = new GpuRuntime(["CUDAExecutionProvider"], _ => { });
        Assert.Equal("model.damaged", Assert.Throws<DubbingException>(() => runtime.Open(TestFiles.At("README.md"))).Failure.Code);
        Assert.Equal((true, null), (runtime.IsUsed, runtime.Problem));
    }
}
