using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Octavia.Dubbing.Onnx.Fusion;

/// <summary>
/// Operators of our own in ONNX Runtime, by its C interface (<c>onnxruntime_c_api.h</c>, which only grows: what stands at a place stays there). They run on the
/// runtime's own threads.
/// </summary>
static unsafe partial class FusedOperators
{
    /// <summary>Their domain; their version is 1.</summary>
    public const string Domain = "octavia";

    /// <summary>Inputs x [n, c, t], gain and bias [n, c, 1], epsilon; output as x.</summary>
    public const string Norm = "AdaptiveNorm";

    /// <summary>As <see cref="Norm"/>, with two further inputs [1, c, 1]: a, and the weight of the sine.</summary>
    public const string NormSnake = "AdaptiveNormSnake";

    // Of the header that this was written to; a runtime takes what is older than itself.
    const uint ApiVersion = 22;
    const int Float = 1;
    // Places in OrtApi.
    const int CreateStatus = 0, CreateDomain = 26, AddToDomain = 27, AddDomain = 28, TensorData = 51, DimensionsCount = 61, Dimensions = 62, TypeAndShape = 65,
        Input = 90, Output = 91, ReleaseStatus = 93, ReleaseShape = 99, ParallelFor = 274;
    // More pieces than threads: who is done first takes another.
    const int Batches = 16;

    static readonly nint* Api = ((delegate* unmanaged[Cdecl]<uint, nint*>)(*OrtGetApiBase()))(ApiVersion);
    static readonly nint Registered = Register();

    /// <summary>Whether the runtime takes them: else graphs stay as they are.</summary>
    public static bool IsAvailable => Registered != 0;

    /// <summary>Lets graphs of a session use them.</summary>
    public static void AddTo(SessionOptions options)
    {
        if (IsAvailable) Free(((delegate* unmanaged[Cdecl]<nint, nint, nint>)Api[AddDomain])(options.DangerousGetHandle(), Registered));
    }

    [LibraryImport("onnxruntime")]
    private static partial nint* OrtGetApiBase();

    static nint Register()
    {
        if (Api is null) return 0;
        nint domain;
        var status = ((delegate* unmanaged[Cdecl]<byte*, nint*, nint>)Api[CreateDomain])(Text(Domain), &domain);
        if (status == 0) status = ((delegate* unmanaged[Cdecl]<nint, Operator*, nint>)Api[AddToDomain])(domain, Make(Norm, 4));
        if (status == 0) status = ((delegate* unmanaged[Cdecl]<nint, Operator*, nint>)Api[AddToDomain])(domain, Make(NormSnake, 6));
        Free(status);
        return status == 0 ? domain : 0;
    }

    // A refusal shows where a graph that uses them does not open.
    static void Free(nint status)
    {
        if (status != 0) ((delegate* unmanaged[Cdecl]<nint, void>)Api[ReleaseStatus])(status);
    }

    // As long as the process: sessions point to it.
    static byte* Text(string text) => (byte*)Marshal.StringToCoTaskMemUTF8(text);

    static Operator* Make(string name, nuint inputs)
    {
        var made = (Operator*)NativeMemory.AllocZeroed((nuint)sizeof(Operator));
        made->Version = ApiVersion;
        made->Name = &NameOf;
        made->Provider = &ProviderOf;
        made->InputType = &TypeOf;
        made->InputTypeCount = &InputsOf;
        made->OutputType = &TypeOf;
        made->OutputTypeCount = &OutputsOf;
        made->Destroy = &Destroy;
        made->InputCharacteristic = &RequiredOf;
        made->OutputCharacteristic = &RequiredOf;
        made->InputMemory = &RequiredOf;
        made->Create = &Create;
        made->Compute = &Compute;
        made->OwnName = Text(name);
        made->OwnInputs = inputs;
        return made;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static byte* NameOf(Operator* self) => self->OwnName;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static byte* ProviderOf(Operator* self) => null;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int TypeOf(Operator* self, nuint index) => Float;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static nuint InputsOf(Operator* self) => self->OwnInputs;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static nuint OutputsOf(Operator* self) => 1;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int RequiredOf(Operator* self, nuint index) => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static nint Create(Operator* self, nint* api, nint info, nint* kernel)
    {
        *kernel = (nint)self;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Destroy(nint kernel)
    {
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static nint Compute(nint kernel, nint context)
    {
        var inputs = stackalloc nint[6];
        var self = (Operator*)kernel;
        for (nuint i = 0; i < self->OwnInputs; i++)
        {
            var failed = ((delegate* unmanaged[Cdecl]<nint, nuint, nint*, nint>)Api[Input])(context, i, inputs + i);
            if (failed != 0) return failed;
        }
        var shape = stackalloc long[3];
        if (ShapeOf(inputs[0], shape) is var wrong and not 0) return wrong;
        nint output;
        var status = ((delegate* unmanaged[Cdecl]<nint, nuint, long*, nuint, nint*, nint>)Api[Output])(context, 0, shape, 3, &output);
        if (status != 0) return status;
        var work = new Work { Channels = shape[1], Length = (int)shape[2] };
        if ((status = Data(inputs[0], &work.X)) != 0 || (status = Data(output, &work.Y)) != 0 || (status = Data(inputs[3], &work.Epsilon)) != 0) return status;
        if ((status = Data(inputs[1], &work.Gain, shape[0], shape[1])) != 0 || (status = Data(inputs[2], &work.Bias, shape[0], shape[1])) != 0) return status;
        if (self->OwnInputs == 6 && ((status = Data(inputs[4], &work.A, 1, shape[1])) != 0 || (status = Data(inputs[5], &work.Weight, 1, shape[1])) != 0)) return status;
        return ((delegate* unmanaged[Cdecl]<nint, delegate* unmanaged[Cdecl]<Work*, nuint, void>, nuint, nuint, Work*, nint>)Api[ParallelFor])(context, &Row, (nuint)(shape[0] * shape[1]), Batches, &work);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Row(Work* work, nuint row)
    {
        var from = (nint)row * work->Length;
        var x = new ReadOnlySpan<float>(work->X + from, work->Length);
        var y = new Span<float>(work->Y + from, work->Length);
        if (work->A is null)
        {
            AdaptiveNorm.Normalize(x, y, work->Gain[row], work->Bias[row], *work->Epsilon);
            return;
        }
        var channel = (nint)row % (nint)work->Channels;
        AdaptiveNorm.NormalizeAndSnake(x, y, work->Gain[row], work->Bias[row], *work->Epsilon, work->A[channel], work->Weight[channel]);
    }

    static nint ShapeOf(nint value, long* shape)
    {
        nint info;
        nuint rank;
        var status = ((delegate* unmanaged[Cdecl]<nint, nint*, nint>)Api[TypeAndShape])(value, &info);
        if (status != 0) return status;
        status = ((delegate* unmanaged[Cdecl]<nint, nuint*, nint>)Api[DimensionsCount])(info, &rank);
        if (status == 0) status = rank == 3 ? ((delegate* unmanaged[Cdecl]<nint, long*, nuint, nint>)Api[Dimensions])(info, shape, 3) : Refuse();
        ((delegate* unmanaged[Cdecl]<nint, void>)Api[ReleaseShape])(info);
        return status;
    }

    static nint Data(nint value, float** data) => ((delegate* unmanaged[Cdecl]<nint, void**, nint>)Api[TensorData])(value, (void**)data);

    /// <summary>Data of a tensor [n, c, 1].</summary>
    static nint Data(nint value, float** data, long n, long c)
    {
        var shape = stackalloc long[3];
        var status = ShapeOf(value, shape);
        return status != 0 ? status : (shape[0], shape[1], shape[2]) != (n, c, 1) ? Refuse() : Data(value, data);
    }

    static nint Refuse()
    {
        fixed (byte* text = "Adaptive normalisation of another shape than it was made for."u8) return ((delegate* unmanaged[Cdecl]<int, byte*, nint>)Api[CreateStatus])(2, text);
    }

    struct Work
    {
        public float* X, Y, Gain, Bias, Epsilon, A, Weight;
        public long Channels;
        public int Length;
    }

    /// <summary>OrtCustomOp, and after it what is ours.</summary>
    [StructLayout(LayoutKind.Sequential)]
    struct Operator
    {
        public uint Version;
        public nint CreateOld;
        public delegate* unmanaged[Cdecl]<Operator*, byte*> Name;
        public delegate* unmanaged[Cdecl]<Operator*, byte*> Provider;
        public delegate* unmanaged[Cdecl]<Operator*, nuint, int> InputType;
        public delegate* unmanaged[Cdecl]<Operator*, nuint> InputTypeCount;
        public delegate* unmanaged[Cdecl]<Operator*, nuint, int> OutputType;
        public delegate* unmanaged[Cdecl]<Operator*, nuint> OutputTypeCount;
        public nint ComputeOld;
        public delegate* unmanaged[Cdecl]<nint, void> Destroy;
        public delegate* unmanaged[Cdecl]<Operator*, nuint, int> InputCharacteristic;
        public delegate* unmanaged[Cdecl]<Operator*, nuint, int> OutputCharacteristic;
        public delegate* unmanaged[Cdecl]<Operator*, nuint, int> InputMemory;
        public nint VariadicInputMinimum, VariadicInputHomogeneity, VariadicOutputMinimum, VariadicOutputHomogeneity;
        public delegate* unmanaged[Cdecl]<Operator*, nint*, nint, nint*, nint> Create;
        public delegate* unmanaged[Cdecl]<nint, nint, nint> Compute;
        public nint InferShape, StartVersion, EndVersion, MayInplace, ReleaseMayInplace, AliasMap, ReleaseAliasMap;
        public byte* OwnName;
        public nuint OwnInputs;
    }
}
