using System.ComponentModel.DataAnnotations;

namespace Octavia.Web.Accounts;

sealed class Credentials
{
    [Required(ErrorMessage = "Enter your e-mail address.")]
    [EmailAddress(ErrorMessage = "This is not an e-mail address.")]
    public string Email { get; set; } = "";

    [Required(ErrorMessage = "Enter a password.")]
    public string Password { get; set; } = "";
}
