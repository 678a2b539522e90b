namespace Octavia.Dubbing.Mixing;

/// <summary>The two stages of the K weighting of ITU-R BS.1770-4, designed for any rate from the analogue prototypes behind the standard's 48 kHz tables.</summary>
struct Biquad
{
    double _b0, _b1, _b2, _a1, _a2, _z1, _z2;

    /// <summary>What the head adds: 4 dB from about 2 kHz on.</summary>
    public static Biquad HighShelf(int rate)
    {
        const double frequency = 1681.974450955533, gain = 3.999843853973347, q = 0.7071752369554196;
        var k = Math.Tan(Math.PI * frequency / rate);
        var high = Math.Pow(10, gain / 20);
        var band = Math.Pow(high, 0.4996667741545416);
        var a0 = 1 + k / q + k * k;
        return new Biquad
        {
            _b0 = (high + band * k / q + k * k) / a0,
            _b1 = 2 * (k * k - high) / a0,
            _b2 = (high - band * k / q + k * k) / a0,
            _a1 = 2 * (k * k - 1) / a0,
            _a2 = (1 - k / q + k * k) / a0,
        };
    }

    /// <summary>What the ear takes away: 3 dB at 60 Hz, 24 dB at 10 Hz.</summary>
    public static Biquad HighPass(int rate)
    {
        const double frequency = 38.13547087602444, q = 0.5003270373238773;
        var k = Math.Tan(Math.PI * frequency / rate);
        var a0 = 1 + k / q + k * k;
        return new Biquad { _b0 = 1, _b1 = -2, _b2 = 1, _a1 = 2 * (k * k - 1) / a0, _a2 = (1 - k / q + k * k) / a0 };
    }

    /// <summary>The next sample.</summary>
    public double Next(double x)
    {
        var y = _b0 * x + _z1;
        _z1 = _b1 * x - _a1 * y + _z2;
        _z2 = _b2 * x - _a2 * y;
        return y;
    }

    /// <summary>Ends what rings on in silence before it gets too small for the processor to reckon with quickly: a hundred times slower below 1e-308.</summary>
    public void Settle()
    {
        if (Math.Abs(_z1) + Math.Abs(_z2) < 1e-30) (_z1, _z2) = (0, 0);
    }
}
