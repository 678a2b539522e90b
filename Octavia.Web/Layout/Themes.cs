using MudBlazor;

namespace Octavia.Web.Layout;

/// <summary>The look: deep green for what one does, vermilion for the voice, on warm paper or on dark slate.</summary>
static class Themes
{
    public static MudTheme Light { get; } = Create(":root");

    public static MudTheme Dark { get; } = Create(":root[data-theme='dark']");

    static MudTheme Create(string scope) => new()
    {
        PseudoCss = new PseudoCss { Scope = scope },
        PaletteLight = LightPalette,
        PaletteDark = DarkPalette,
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "12px" },
        Typography = Type,
    };

    static PaletteLight LightPalette => new()
    {
        Primary = "#0b6b5d",
        PrimaryContrastText = "#ffffff",
        Secondary = "#b93c16",
        Background = "#faf8f4",
        Surface = "#ffffff",
        TextPrimary = "#1a2421",
        TextSecondary = "#55615d",
        LinesDefault = "#e3ded4",
        LinesInputs = "#8b9691",
        Divider = "#e3ded4",
        ActionDefault = "#55615d",
        Success = "#1d7a43",
        Error = "#b3261e",
        Warning = "#8a5a00",
        Info = "#1c6594",
        Skeleton = "#e9e5dc",
    };

    static PaletteDark DarkPalette => new()
    {
        Primary = "#5fd6bd",
        PrimaryContrastText = "#05241e",
        Secondary = "#ff9a76",
        Background = "#101615",
        Surface = "#18211f",
        TextPrimary = "#eaf1ee",
        TextSecondary = "#a7b5b0",
        LinesDefault = "#2b3734",
        LinesInputs = "#6d7c77",
        Divider = "#2b3734",
        ActionDefault = "#a7b5b0",
        Success = "#6fd696",
        SuccessContrastText = "#06210f",
        Error = "#ff9c94",
        ErrorContrastText = "#3b0704",
        Warning = "#f2c063",
        WarningContrastText = "#2a1c00",
        Info = "#8ac7f0",
        InfoContrastText = "#04202f",
        Skeleton = "#25302d",
    };

    static Typography Type
    {
        get
        {
            var type = new Typography();
            type.Default.FontFamily = ["Inter Variable", "system-ui", "sans-serif"];
            type.Default.FontSize = "1rem";
            type.Default.LineHeight = "1.55";
            type.Default.LetterSpacing = "normal";
            type.H1 = new H1Typography { FontSize = "clamp(2.1rem, 5.2vw, 3.6rem)", FontWeight = "720", LineHeight = "1.06", LetterSpacing = "-0.035em" };
            type.H2 = new H2Typography { FontSize = "clamp(1.6rem, 3.4vw, 2.1rem)", FontWeight = "680", LineHeight = "1.15", LetterSpacing = "-0.025em" };
            type.H3 = new H3Typography { FontSize = "1.2rem", FontWeight = "650", LineHeight = "1.3", LetterSpacing = "-0.012em" };
            type.Button = new ButtonTypography { FontSize = "0.95rem", FontWeight = "600", LineHeight = "1.5", LetterSpacing = "0", TextTransform = "none" };
            return type;
        }
    }
}
